// SPDX-License-Identifier: Apache-2.0
import http from 'node:http'
import https from 'node:https'
import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import type { ApiServer } from './api-server.ts'

/** What a proxy does with a request: it lets it through, answers itself, cuts the answer, or keeps still for ever. */
export type Deed =
  | 'pass'
  | 'cut'
  | 'hang'
  | { status: number; headers?: http.OutgoingHttpHeaders; body?: object | string }

/** Decides over a request; `path` has its query. */
export type Interfere = (path: string) => Deed | Promise<Deed>

export interface TestProxy {
  url: string
  /** The paths that were asked for, queries included. */
  asked: string[]
  close(): Promise<void>
}

/** A plain HTTP proxy in front of a real API server, as `kubectl proxy` is one, that interferes; the client's token passes. */
export async function startProxy(api: ApiServer, interfere: Interfere): Promise<TestProxy> {
  const asked: string[] = []
  const ca = api.certificates.authority.certificate
  const server = http.createServer(async (request, response) => {
    const path = request.url!
    asked.push(path)
    const deed = await interfere(path)
    if (deed === 'hang') return
    if (typeof deed === 'object') {
      response.writeHead(deed.status, deed.headers)
      response.end(typeof deed.body === 'object' ? JSON.stringify(deed.body) : deed.body)
      return
    }
    const onward = https.request(api.url + path, { ca, headers: request.headers, agent: false }, answer => {
      // The client may have left while the server was silent; there is nothing to answer then.
      if (response.destroyed) {
        answer.destroy()
        return
      }
      if (deed === 'pass') {
        response.writeHead(answer.statusCode!, answer.headers)
        pipeline(answer, response, () => {})
      } else {
        // The first piece, and no more.
        response.writeHead(answer.statusCode!, answer.headers)
        answer.once('data', (piece: Buffer) =>
          response.write(piece.subarray(0, piece.length / 2), () => response.destroy()),
        )
      }
    })
    onward.on('error', () => response.destroy()).end()
  })
  return listening(server, asked)
}

/** A proxy as of `proxy-url`: it connects to whatever is asked for, and what goes through is TLS. */
export function startTunnel(): Promise<TestProxy> {
  const asked: string[] = []
  const server = http.createServer()
  server.on('connect', (request, socket) => {
    asked.push(request.url!)
    const { hostname, port } = new URL(`http://${request.url}`)
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(socket)
      socket.pipe(onward)
    })
    socket.on('error', () => {}).on('close', () => onward.destroy())
    onward.on('error', () => {}).on('close', () => socket.destroy())
  })
  return listening(server, asked)
}

async function listening(server: http.Server, asked: string[]): Promise<TestProxy> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => sockets.add(socket))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    asked,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
