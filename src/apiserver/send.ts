// SPDX-License-Identifier: Apache-2.0
import http from 'node:http'
import https from 'node:https'
import { type Connection, connect } from './connection.ts'
import type { Servers } from './watch/servers.ts'

/** How long an API server may take to answer, credentials included, in milliseconds. */
const PATIENCE = 10_000

/** The media types of bodies: a PATCH merges. */
const TYPES = { POST: 'application/json', PATCH: 'application/merge-patch+json' } as const

/**
 * What sends an object to the first server that answers, and returns the HTTP status. Each time it reads the credentials and makes a
 * connection anew: it is for what is rare. `answered` hears of each answer. Rejects with what the last server's failure was.
 */
export function sender(
  servers: Servers,
  stop: AbortSignal,
  answered?: (method: string, host: string, status: number) => void,
) {
  return async (method: 'POST' | 'PATCH', path: string, body: object): Promise<number> => {
    let failure: unknown
    for (const candidate of servers()) {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(PATIENCE)])
      try {
        const connection = await connect(candidate.access(), signal)
        const status = await sendTo(connection, method, path, body, signal)
        answered?.(method, connection.server.host, status)
        return status
      } catch (thrown) {
        failure = thrown
      }
    }
    throw failure
  }
}

function sendTo(
  { server, options }: Connection,
  method: keyof typeof TYPES,
  path: string,
  body: object,
  signal: AbortSignal,
): Promise<number> {
  const { request } = server.protocol === 'http:' ? http : https
  const url = new URL(server.pathname.replace(/\/$/, '') + path, server)
  const headers = {
    ...options.headers,
    ...{ accept: 'application/json', 'content-type': TYPES[method], 'user-agent': 'balancing' },
  }
  const { agent } = options
  return new Promise<number>((resolve, reject) => {
    request(url, { ...options, method, headers, signal }, response => {
      response.resume().on('error', reject)
      response.on('end', () => resolve(response.statusCode!))
    })
      .on('error', reject)
      .end(JSON.stringify(body))
  }).finally(() => (typeof agent === 'object' ? agent.destroy() : undefined))
}
