// SPDX-License-Identifier: Apache-2.0
import type { Agent } from 'node:http'
import { error } from '../../base/diagnostic.ts'
import { Failure } from '../../base/failure.ts'
import type { Access } from '../access.ts'
import { type Connection, connect } from '../connection.ts'
import { ask, type Patience, type StreamedAnswer } from './answer.ts'
import { Lost, lostBy } from './failed.ts'
import type { Candidate, Turn } from './servers.ts'

/** Asks the API server whose turn it is, with credentials that are read anew after each close. */
export interface Caller {
  /** Any answer; after 401 a second one with fresh credentials. `doing`: `watching nodes`. Rejects with Lost. */
  get(path: string, isList: boolean, doing: string, signal: AbortSignal): Promise<Called>
  /** Ends the connection; `isFailure`: it is the turn of the next candidate. */
  close(isFailure: boolean): void
}

interface Called {
  answer: StreamedAnswer
  access: Access
}

export function caller(turn: Turn, patience: Patience): Caller {
  let candidate: Candidate | undefined
  let session: { access: Access; connection: Connection } | undefined

  async function get(path: string, isList: boolean, doing: string, signal: AbortSignal): Promise<Called> {
    candidate ??= turn.current()
    session ??= await openSession(candidate, signal)
    const { access, connection } = session
    const answer = await ask(connection, path, isList, patience, signal).catch((thrown: unknown) => {
      throw lostBy(thrown, access, doing)
    })
    return { answer, access }
  }
  const end = (): void => {
    ;(session?.connection.options.agent as Agent | undefined)?.destroy()
    session = undefined
  }
  return {
    async get(path, isList, doing, signal) {
      const called = await get(path, isList, doing, signal)
      if (called.answer.status !== 401) return called
      // The token may have been replaced since it was read.
      end()
      return get(path, isList, doing, signal)
    },
    close(isFailure) {
      end()
      if (isFailure && candidate) turn.failed(candidate.name)
      candidate = undefined
    },
  }
}

/** How long a plugin or a server of tokens may take, in milliseconds. */
const CREDENTIALS = 30_000

async function openSession(candidate: Candidate, signal: AbortSignal) {
  const patience = AbortSignal.timeout(CREDENTIALS)
  try {
    const access = candidate.access()
    return { access, connection: await connect(access, AbortSignal.any([signal, patience])) }
  } catch (thrown) {
    if (thrown instanceof Failure) throw new Lost(thrown.diagnostics[0]!)
    if (!patience.aborted) throw thrown
    const message = `the credentials for ${candidate.name} cannot be had: no answer for ${CREDENTIALS / 1000} s`
    throw new Lost(error('no-credentials', message))
  }
}
