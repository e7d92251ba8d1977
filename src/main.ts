// SPDX-License-Identifier: Apache-2.0
import { CommanderError } from 'commander'
import { EXIT, type ExitCode } from './base/exit.ts'
import { Failure } from './base/failure.ts'
import { endProgress } from './cli/output/progress.ts'
import { sayDiagnostics, sayError } from './cli/output/streams.ts'
import { makeProgram } from './cli/program.ts'
import { VERSION } from './cli/version.ts'

/** Runs the command line. What a command throws becomes diagnostics and an exit code. */
async function main(): Promise<ExitCode> {
  try {
    await makeProgram().parseAsync()
    return (process.exitCode as ExitCode | undefined) ?? EXIT.ok
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (!(error instanceof Failure)) throw error
    sayDiagnostics(error.diagnostics)
    return error.exitCode
  } finally {
    endProgress()
  }
}

/** Reports a bug of balancing itself. */
function reportBug(error: unknown): void {
  endProgress()
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const request = 'this is a bug, please report it with the input and these lines'
  sayError(`internal error (balancing ${VERSION}): ${request}\n${text}`)
  process.exitCode = EXIT.internal
}

// What waits for the event that threw would wait for ever.
process.on('uncaughtException', error => {
  reportBug(error)
  process.exit()
})
main().then(code => {
  process.exitCode = code
}, reportBug)
