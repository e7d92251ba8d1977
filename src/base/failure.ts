// SPDX-License-Identifier: Apache-2.0
import { type Diagnostic, error } from './diagnostic.ts'
import type { ExitCode } from './exit.ts'

/**
 * Ends a command: its diagnostics and its exit code. Only edges throw it (pure stages return diagnostics), and main reports it.
 * Anything else that is thrown is a bug.
 */
export class Failure extends Error {
  readonly exitCode: ExitCode
  readonly diagnostics: readonly Diagnostic[]

  constructor(exitCode: ExitCode, diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(d => d.message).join('; '))
    this.exitCode = exitCode
    this.diagnostics = diagnostics
  }
}

/** A Failure with one sentence. */
export function failure(exitCode: ExitCode, code: string, message: string, hint?: string): Failure {
  return new Failure(exitCode, [error(code, message, hint === undefined ? {} : { hint })])
}
