import { Command, CommanderError } from 'commander'
import { EXIT, type ExitCode } from './base/exit.ts'
import { Failure } from './base/failure.ts'
import { applyCommand } from './commands/apply.ts'
import { cleanupCommand } from './commands/cleanup.ts'
import { compileCommand } from './commands/compile.ts'
import { diffCommand } from './commands/diff.ts'
import { renderCommand } from './commands/render.ts'
import { statusCommand } from './commands/status.ts'
import { say, sayDiagnostics } from './commands/streams.ts'
import { validateCommand } from './commands/validate.ts'
import { VERSION } from './commands/version.ts'

const COMMANDS = [
  renderCommand,
  validateCommand,
  compileCommand,
  diffCommand,
  applyCommand,
  statusCommand,
  cleanupCommand,
]

async function main(): Promise<ExitCode> {
  const program = new Command('balancing')
    .description('kube-proxy that you can code-review: render a cluster into a spec, apply it to eBPF maps')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(balancing --help shows the commands)')
  for (const add of COMMANDS) add(program)
  for (const command of program.commands) command.exitOverride().showHelpAfterError(false)
  try {
    await program.parseAsync()
    return (process.exitCode as ExitCode | undefined) ?? EXIT.ok
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (!(error instanceof Failure)) throw error
    sayDiagnostics(error.diagnostics)
    return error.exitCode
  }
}

function internal(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  say(`internal error (balancing ${VERSION}): this is a bug, please report it with the input and these lines\n${text}`)
  process.exitCode = EXIT.internal
}

process.on('uncaughtException', internal)
main().then(code => {
  process.exitCode = code
}, internal)
