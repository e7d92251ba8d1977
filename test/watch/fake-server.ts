// SPDX-License-Identifier: Apache-2.0
import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** What the test does with one request; it may keep `response` and write later. */
export type Answerer = (query: URLSearchParams, response: http.ServerResponse, request: http.IncomingMessage) => void

/** An API server on a real socket that does what a test says, request by request. */
export interface FakeServer {
  url: URL
  /** The requests that came, as their parameters. */
  asked: URLSearchParams[]
  /** Answers the next requests, in turn; the last one answers all that follow. */
  answers: Answerer[]
  close(): Promise<void>
}

export async function startFakeServer(...answers: Answerer[]): Promise<FakeServer> {
  const asked: URLSearchParams[] = []
  const sockets = new Set<Socket>()
  const left = [...answers]
  const server = http.createServer((request, response) => {
    const query = new URL(request.url!, 'http://fake').searchParams
    asked.push(query)
    const answer = left.length > 1 ? left.shift()! : left[0]!
    answer(query, response, request)
  })
  server.on('connection', socket => sockets.add(socket))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    asked,
    answers: left,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

export const service = (name: string, version: string) => ({
  metadata: { name, namespace: 'n', resourceVersion: version },
})
export const event = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`
export const added = (name: string, version: string) => event('ADDED', service(name, version))
export const bookmark = (version: string) => event('BOOKMARK', { metadata: { resourceVersion: version } })
export const endOfList = (version: string) =>
  event('BOOKMARK', { metadata: { resourceVersion: version, annotations: { 'k8s.io/initial-events-end': 'true' } } })
export const list = (version: string, names: readonly string[], next = '') => ({
  kind: 'ServiceList',
  apiVersion: 'v1',
  metadata: { resourceVersion: version, ...(next === '' ? {} : { continue: next }) },
  items: names.map(name => service(name, version)),
})

/** Writes these lines and leaves the watch open. */
export const open =
  (...lines: string[]): Answerer =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    for (const line of lines) response.write(line)
  }

/** Writes these lines and ends the watch as `timeoutSeconds` does. */
export const ended =
  (...lines: string[]): Answerer =>
  (_, response) =>
    response.writeHead(200).end(lines.join(''))

/** Writes these lines and breaks the connection. */
export const broken =
  (...lines: string[]): Answerer =>
  (_, response) => {
    response.writeHead(200)
    response.write(lines.join('') || ' ', () => response.destroy())
  }

/** An answer with a Status, or whatever the body is. */
export const status =
  (
    code: number,
    headers: http.OutgoingHttpHeaders = {},
    body: object = { kind: 'Status', code, message: 'because' },
  ): Answerer =>
  (_, response) =>
    response.writeHead(code, headers).end(JSON.stringify(body))

export const page =
  (...of: Parameters<typeof list>): Answerer =>
  (_, response) =>
    response.writeHead(200).end(JSON.stringify(list(...of)))
