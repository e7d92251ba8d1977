// SPDX-License-Identifier: Apache-2.0
import { type Diagnostic, error } from '../../base/diagnostic.ts'
import type { Access } from '../access.ts'
import { refused, unreachable } from '../problems.ts'
import { Broken, beginning, Stalled, type StreamedAnswer } from './answer.ts'
import { retryAfterOf } from './backoff.ts'
import { Garbled } from './lines.ts'

/** A request gave nothing, or its answer ended too early. `retryAfter`: milliseconds that the server asks for. */
export class Lost extends Error {
  readonly problem: Diagnostic
  readonly retryAfter: number

  constructor(problem: Diagnostic, retryAfter = 0) {
    super(problem.message)
    this.problem = problem
    this.retryAfter = retryAfter
  }
}

/** The server no longer knows the version that the request names (410). */
export class Expired extends Lost {}

/** An answer other than 200, as a Lost. `doing`: `watching nodes`. */
export async function lostByAnswer(answer: StreamedAnswer, access: Access, doing: string): Promise<Lost> {
  const { status, headers } = answer
  if (status === 410) {
    return new Expired(error('api-expired', `${doing} begins anew: ${access.server.origin} has forgotten the version`))
  }
  const problem = refused(access, doing, { status, headers, body: await beginning(answer) }, 1).diagnostics[0]!
  return new Lost(problem, retryAfterOf(headers['retry-after']))
}

/** What broke an answer, as a Lost; a bug is thrown on. */
export function lostBy(thrown: unknown, access: Access, doing: string): Lost {
  if (thrown instanceof Lost) return thrown
  const failed = `${doing} failed: ${access.server.origin}`
  if (thrown instanceof Garbled) return new Lost(error('api-answer', `${failed} ${thrown.message}`))
  if (!(thrown instanceof Broken)) throw thrown
  if (thrown.cause instanceof Stalled) return new Lost(error('api-stalled', `${failed} ${thrown.message}`))
  return new Lost(unreachable(access, doing, thrown.cause, 1).diagnostics[0]!)
}
