import { Command, Option } from 'commander'
import { ansi } from '../base/paint.ts'
import { applyCommand } from './command/apply.ts'
import { cleanupCommand } from './command/cleanup.ts'
import { compileCommand } from './command/compile.ts'
import { completionCommand } from './command/completion.ts'
import { diffCommand } from './command/diff.ts'
import { doctorCommand } from './command/doctor.ts'
import { explainCommand } from './command/explain.ts'
import { exportCommand } from './command/export.ts'
import { fmtCommand } from './command/fmt.ts'
import { historyCommand } from './command/history.ts'
import { renderCommand } from './command/render.ts'
import { rollbackCommand } from './command/rollback.ts'
import { schemaCommand } from './command/schema.ts'
import { statusCommand } from './command/status.ts'
import { validateCommand } from './command/validate.ts'
import { VERSION, versionCommand } from './command/version.ts'
import { documented, EXIT_MEANINGS, formatHelp } from './help/help.ts'
import { answer, LOG_FORMATS, say, sayDiagnostics, setLogFormat } from './output/streams.ts'
import { hasColours, STDERR, STDOUT } from './output/terminal.ts'
import { usageError } from './usage-error.ts'

const COMMANDS = [
  renderCommand,
  validateCommand,
  compileCommand,
  diffCommand,
  applyCommand,
  statusCommand,
  explainCommand,
  doctorCommand,
  historyCommand,
  rollbackCommand,
  exportCommand,
  cleanupCommand,
  fmtCommand,
  schemaCommand,
  versionCommand,
  completionCommand,
]

/** The whole command line: what main runs, and what completion and the manual pages are made of. */
export function makeProgram(): Command {
  const program = new Command('balancing')
    .description('kube-proxy that you can code-review: render a cluster into a spec, apply it to eBPF maps')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: answer,
      writeErr: say,
      getOutHasColors: () => hasColours(STDOUT),
      getErrHasColors: () => hasColours(STDERR),
    })
    .configureHelp({ formatHelp, showGlobalOptions: true, styleTitle: text => ansi('strong', text) })
    .addOption(
      new Option('--log-format <form>', 'form of what goes to stderr: lines for people, or one JSON object a line')
        .choices(LOG_FORMATS)
        .default('text'),
    )
    .on('option:log-format', setLogFormat)
  for (const add of COMMANDS) add(program)
  for (const command of [program, ...program.commands])
    command.configureOutput({ outputError: text => sayDiagnostics([usageError(text, command)]) })
  return documented(program, {
    examples: [
      ['balancing render > spec.yaml', 'compile the cluster that kubectl talks to into a spec'],
      ['balancing diff main.yaml spec.yaml --nodes', 'what a change of it means, and on which nodes'],
      ['balancing apply -f spec.yaml --dry-run', 'what this node would change'],
      ['balancing apply -f spec.yaml', 'make this node do it'],
      ['balancing explain shop/cart', 'why a Service there does what it does'],
    ],
    exits: EXIT_MEANINGS,
  })
}
