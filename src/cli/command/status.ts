// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from 'commander'
import { EXIT } from '../../base/exit.ts'
import { savedReader } from '../../node/history/saved.ts'
import { inspectNode } from '../../node/inspect-node.ts'
import type { NodeStatus } from '../../node/node-status.ts'
import { statusOf } from '../../node/read-status.ts'
import { secondsFrom } from '../flag/seconds.ts'
import { historyOf, type StateOptions, type TargetOptions, targetOf, withState, withTarget } from '../flag/target.ts'
import { documented } from '../help/help.ts'
import { printStatus, printStatusJson } from '../output/status-text.ts'
import { answer } from '../output/streams.ts'
import { isTerminal, paintFor, STDOUT } from '../output/terminal.ts'
import { watch } from '../output/watch.ts'

interface Options extends TargetOptions, StateOptions {
  output: 'text' | 'json'
  exitCode?: boolean
  watch?: boolean
  interval: number
}

export function statusCommand(program: Command): void {
  const summary = 'show what this node serves, and whether it is what was applied'
  const command = withState(withTarget(program.command('status').summary(summary)))
    .addOption(new Option('-o, --output <form>', 'the form of the answer').choices(['text', 'json']).default('text'))
    .option('--exit-code', 'exit 1 unless the node is in sync: drifted, damaged, unknown, or nothing applied')
    .addOption(new Option('--watch', 'repeat until interrupted').conflicts('exitCode'))
    .option('--interval <seconds>', 'how long --watch waits in between', secondsFrom(0.1), 2)
    .action(run)
  documented(command, {
    examples: [
      ['balancing status', 'whether the node is in sync, and what is applied'],
      ['balancing status --exit-code > /dev/null', 'for a probe: exit 0 only in sync'],
      ['balancing status --watch', 'redrawn every two seconds'],
      ['balancing status --watch -o json', 'one JSON object a line'],
    ],
    exits: {
      0: 'the status was read; with --watch: interrupted',
      1: 'with --exit-code: drifted, damaged, unknown, or nothing applied',
    },
  })
}

async function run(options: Options): Promise<void> {
  const target = targetOf(options)
  const readSaved = savedReader(historyOf(options))
  const look = async () => {
    const node = await inspectNode(target)
    // bpftool dumps the maps while the saved spec is compiled.
    return statusOf(node, readSaved())
  }
  if (options.watch) return watch(async () => print(await look(), options), options.interval)
  const status = await look()
  answer(print(status, options))
  if (options.exitCode && status.syncState !== 'in-sync') process.exitCode = EXIT.differs
}

/** With --watch, JSON is an object a line, and text that goes to no terminal has an empty line behind it. */
function print(status: NodeStatus, { output, watch = false }: Options): string {
  if (output === 'json') return printStatusJson(status, new Date(), watch)
  return `${printStatus(status, paintFor(STDOUT))}${watch && !isTerminal(STDOUT) ? '\n' : ''}`
}
