// SPDX-License-Identifier: Apache-2.0
import { createServer, type Server } from 'node:http'
import type { Answer } from './answer.ts'
import type { BindAddress } from './bind-address.ts'

/** Answers a path, which has no query, whatever the method is. */
type AnswerTo = (path: string) => Answer | Promise<Answer>

interface Listening {
  /** Ends the server, its connections and its tries; the port is free at once. */
  close(): void
}

/** How long a client may take to send its request, in milliseconds. */
const PATIENCE = 10_000
/** More connections at once are closed: a load balancer or a scraper keeps one or two. */
const MOST_CONNECTIONS = 256
const RETRY = 10_000

/**
 * Serves answers at an address until it is closed. Where that cannot be, because another process has the port, `failed` hears why,
 * once for each reason, and it is tried again after `pause` milliseconds.
 */
export function listen(
  address: BindAddress,
  answerTo: AnswerTo,
  failed: (reason: string) => void,
  pause = RETRY,
): Listening {
  let server: Server | undefined
  let timer: NodeJS.Timeout | undefined
  let said: string | undefined
  const open = (): void => {
    const opened = serverOf(answerTo)
    server = opened
    opened.once('listening', () => {
      said = undefined
    })
    opened.on('error', error => {
      const reason = reasonOf(error)
      if (reason !== said) failed(reason)
      said = reason
      timer = setTimeout(open, pause)
    })
    opened.listen(address)
  }
  open()
  return {
    close() {
      clearTimeout(timer)
      server?.removeAllListeners('error').on('error', () => {})
      server?.close()
      server?.closeAllConnections()
    },
  }
}

function serverOf(answerTo: AnswerTo): Server {
  const server = createServer({ requestTimeout: PATIENCE, headersTimeout: PATIENCE }, async (request, response) => {
    request.resume()
    const { status, headers, body } = await answerTo(request.url!.split('?', 1)[0]!)
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
  })
  server.maxConnections = MOST_CONNECTIONS
  return server
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process has the port',
  EADDRNOTAVAIL: 'this host does not have the address',
  EACCES: 'permission denied',
}

function reasonOf(error: NodeJS.ErrnoException): string {
  return REASONS[error.code ?? ''] ?? error.message
}
