// SPDX-License-Identifier: Apache-2.0
import http from 'node:http'
import https from 'node:https'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Connection } from './connection.ts'

export interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  body: Buffer
}

/** One GET, its answer whole; rejects with what Node.js says of a connection that could not be made or broke. */
export async function get({ server, options }: Connection, path: string, signal: AbortSignal): Promise<Answer> {
  const { request } = server.protocol === 'http:' ? http : https
  const url = new URL(server.pathname.replace(/\/$/, '') + path, server)
  const headers = {
    ...options.headers,
    accept: 'application/json',
    'accept-encoding': 'gzip',
    'user-agent': 'balancing',
  }
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request(url, { ...options, headers, signal }, resolve)
      .on('error', reject)
      .end()
  })
  const body = await buffer(response)
  const isPacked = response.headers['content-encoding'] === 'gzip'
  return {
    status: response.statusCode!,
    headers: response.headers,
    body: isPacked ? await promisify(gunzip)(body) : body,
  }
}
