// SPDX-License-Identifier: Apache-2.0
import http from 'node:http'
import https from 'node:https'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Connection } from '../connection.ts'

/** An answer whose body comes in chunks. */
export interface StreamedAnswer {
  status: number
  headers: http.IncomingHttpHeaders
  chunks: AsyncIterable<Uint8Array>
}

/** How long a server may take, in milliseconds. */
export interface Patience {
  /** Until a connection stands, TLS included. */
  connect: number
  /** Without a byte: no event, no bookmark. API servers send a bookmark about every minute. */
  silence: number
}

/** TCP sends a probe after so many milliseconds without a byte. */
const KEEP_ALIVE = 30_000

/** The server is silent although it should not be. */
export class Stalled extends Error {}

/** A connection could not be made, broke or stalled; `cause` is the Error of Node.js, or Stalled. */
export class Broken extends Error {
  override readonly cause: Error

  constructor(cause: Error) {
    super(cause.message)
    this.cause = cause
  }
}

/**
 * One GET; its answer is handed over when its head is there. Rejects with Broken, and so does the answer's body. A list is
 * compressed, a watch is not.
 */
export function ask(
  { server, options }: Connection,
  path: string,
  isList: boolean,
  patience: Patience,
  signal: AbortSignal,
): Promise<StreamedAnswer> {
  const { request } = server.protocol === 'http:' ? http : https
  const headers = {
    ...options.headers,
    accept: 'application/json',
    'user-agent': 'balancing',
    ...(isList ? { 'accept-encoding': 'gzip' } : {}),
  }
  return new Promise((resolve, reject) => {
    const url = new URL(server.pathname.replace(/\/$/, '') + path, server)
    const sent = request(url, { ...options, headers, signal })
    let answer: http.IncomingMessage | undefined
    let timer: NodeJS.Timeout
    const allow = (milliseconds: number, what: string): void => {
      clearTimeout(timer)
      const problem = new Stalled(`${what} for ${milliseconds / 1000} s`)
      timer = setTimeout(() => (answer ?? sent).destroy(problem), milliseconds)
    }
    allow(patience.connect, 'accepts no connection')
    sent.on('socket', socket => {
      socket.setKeepAlive(true, KEEP_ALIVE)
      const stands = () => allow(patience.silence, 'is silent')
      if (!socket.connecting) stands()
      else socket.once(server.protocol === 'http:' ? 'connect' : 'secureConnect', stands)
    })
    sent.on('error', error => reject(new Broken(error))).on('close', () => clearTimeout(timer))
    sent.on('response', response => {
      answer = response
      const { statusCode, headers } = response
      // Errors come out of the iteration.
      const bytes = headers['content-encoding'] === 'gzip' ? pipeline(response, createGunzip(), () => {}) : response
      const chunks = refreshing(bytes, () => timer.refresh())
      resolve({ status: statusCode!, headers, chunks })
    })
    sent.end()
  })
}

async function* refreshing(chunks: AsyncIterable<Uint8Array>, refresh: () => void): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunks) {
      refresh()
      yield chunk
    }
  } catch (error) {
    throw new Broken(error as Error)
  }
}

/** Longer than any Status. */
const MOST_SAID = 1 << 16

/** The first 64 KiB of a body, which say why there is no answer. */
export async function beginning({ chunks }: StreamedAnswer): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    pieces.push(chunk)
    length += chunk.length
    if (length >= MOST_SAID) break
  }
  return Buffer.concat(pieces)
}
