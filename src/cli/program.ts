// SPDX-License-Identifier: Apache-2.0
import { Command, Option } from 'commander'
import { ansi } from '../base/paint.ts'
import { COMMANDS } from './commands.ts'
import { documented, EXIT_MEANINGS, formatHelp } from './help/help.ts'
import { answer, LOG_FORMATS, sayDiagnostics, sayLines, setLogFormat } from './output/streams.ts'
import { hasColours, STDERR, STDOUT } from './output/terminal.ts'
import { usageError } from './usage-error.ts'
import { VERSION } from './version.ts'

/** The whole command line. main runs it; completion and the manual pages are made of its declarations. */
export function makeProgram(): Command {
  const program = new Command('balancing')
    .description('kube-proxy that you can code-review: render a cluster into a spec, apply it to eBPF maps')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: answer,
      writeErr: sayLines,
      getOutHasColors: () => hasColours(STDOUT),
      getErrHasColors: () => hasColours(STDERR),
    })
    .configureHelp({ formatHelp, showGlobalOptions: true, styleTitle: text => ansi('strong', text) })
    .addOption(
      new Option('--log-format <form>', 'write to stderr as text, or as one JSON object a line')
        .choices(LOG_FORMATS)
        .default('text'),
    )
    .on('option:log-format', setLogFormat)
  for (const add of COMMANDS) add(program)
  for (const command of [program, ...program.commands])
    command.configureOutput({ outputError: text => sayDiagnostics([usageError(text, command)]) })
  return documented(program, {
    examples: [
      ['balancing render > spec.yaml', 'turn the cluster of your kubeconfig into a spec'],
      ['balancing diff main.yaml spec.yaml --nodes', 'show what a change means, and on which nodes'],
      ['balancing apply spec.yaml --dry-run', 'show what would change on this node'],
      ['balancing apply spec.yaml', 'make this node serve the spec'],
      ['balancing explain shop/cart', 'show where connections to a Service go from here, and why'],
    ],
    exits: EXIT_MEANINGS,
  })
}
