// SPDX-License-Identifier: Apache-2.0
import { locatedMessage } from '../base/diagnostic.ts'
import type { Failure } from '../base/failure.ts'
import { fieldsOf, type Log } from './log.ts'
import type { Status } from './status.ts'

/** Logs what went wrong and what comes of it, and shows it as status. */
export function reportFailure(log: Log, status: Status, { diagnostics }: Failure, consequence: string): void {
  for (const diagnostic of diagnostics)
    log('error', `${locatedMessage(diagnostic)}; ${consequence}`, fieldsOf(diagnostic))
  status.failed(diagnostics)
}
