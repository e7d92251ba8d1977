// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import { makeDirectory } from '../host/make-directory.ts'
import { requirePrivateDirectory } from '../host/private-directory.ts'
import { AGENT_SOCKET } from '../node/history/directory.ts'
import type { AgentStatus } from './status.ts'

/** Where the agent answers whose checkpoint is in this directory. */
export function statusSocket(stateDir: string): string {
  return join(stateDir, AGENT_SOCKET)
}

/** Answers everyone who connects with the status as JSON. Returns how to stop. The caller holds the lock: a socket that is there is stale. */
export async function serveStatus(path: string, status: () => AgentStatus): Promise<() => void> {
  makeDirectory(dirname(path), 0o700)
  requirePrivateDirectory(dirname(path), 'state directory')
  rmSync(path, { force: true })
  const server = createServer(connection => {
    connection.on('error', () => {})
    connection.end(JSON.stringify(status()))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  return () => {
    server.close()
    rmSync(path, { force: true })
  }
}

/** Asks the agent whose checkpoint is in this directory. Exit 4 when none runs. */
export async function askStatus(stateDir: string): Promise<AgentStatus> {
  const connection = connect(statusSocket(stateDir))
  try {
    return JSON.parse(await text(connection)) as AgentStatus
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const isGone = code === 'ENOENT' || code === 'ECONNREFUSED'
    const reason = isGone ? `no agent answers at ${statusSocket(stateDir)}` : `the agent cannot be asked: ${message}`
    throw failure(
      EXIT.nodeNotReady,
      'no-agent',
      reason,
      isGone ? 'balancing agent starts one; give its --state-dir, or its --checkpoint' : undefined,
    )
  }
}
