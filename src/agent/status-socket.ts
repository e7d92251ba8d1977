// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Diagnostic } from '../base/diagnostic.ts'
import { EXIT, type ExitCode } from '../base/exit.ts'
import { Failure, failure } from '../base/failure.ts'
import { makeDirectory } from '../host/make-directory.ts'
import { requirePrivateDirectory } from '../host/private-directory.ts'
import { AGENT_SOCKET } from '../node/history/directory.ts'
import { type AgentRequest, parseRequest } from './request.ts'
import type { AgentStatus } from './status.ts'

/** Where the agent answers whose checkpoint is in this directory. */
export function statusSocket(stateDir: string): string {
  return join(stateDir, AGENT_SOCKET)
}

/** What goes back: the status, or why the request is refused. */
type Answer = { status: AgentStatus } | { refused: readonly Diagnostic[]; exitCode: ExitCode }

/** A client says in one turn what it wants. */
const PATIENCE_MS = 5000

/**
 * Answers requests, one a connection: JSON, ended by the client. Returns how to stop. The caller holds the lock: a socket that is there is stale.
 */
export async function serveRequests(path: string, answer: (request: AgentRequest) => AgentStatus): Promise<() => void> {
  makeDirectory(dirname(path), 0o700)
  requirePrivateDirectory(dirname(path), 'state directory')
  rmSync(path, { force: true })
  const server = createServer({ allowHalfOpen: true }, connection => {
    connection.setTimeout(PATIENCE_MS, () => connection.destroy())
    text(connection).then(
      given => {
        const request = parseRequest(given)
        if (request) connection.end(JSON.stringify(answerTo(request, answer)))
        else connection.destroy()
      },
      () => connection.destroy(),
    )
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  return () => {
    server.close()
    rmSync(path, { force: true })
  }
}

function answerTo(request: AgentRequest, answer: (request: AgentRequest) => AgentStatus): Answer {
  try {
    return { status: answer(request) }
  } catch (error) {
    if (error instanceof Failure) return { refused: error.diagnostics, exitCode: error.exitCode }
    throw error
  }
}

/** Asks the agent whose checkpoint is in this directory. Exit 4 when none runs; a refusal is the agent's. */
export async function askAgent(stateDir: string, request: AgentRequest): Promise<AgentStatus> {
  const answer = await exchange(statusSocket(stateDir), JSON.stringify(request))
  if ('status' in answer) return answer.status
  throw new Failure(answer.exitCode, answer.refused)
}

async function exchange(path: string, request: string): Promise<Answer> {
  try {
    return JSON.parse(await text(connect(path).end(request))) as Answer
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const isGone = code === 'ENOENT' || code === 'ECONNREFUSED'
    const reason = isGone ? `no agent answers at ${path}` : `the agent cannot be asked: ${message}`
    throw failure(
      EXIT.nodeNotReady,
      'no-agent',
      reason,
      isGone ? 'balancing agent starts one; give its --state-dir, or its --checkpoint' : undefined,
    )
  }
}
