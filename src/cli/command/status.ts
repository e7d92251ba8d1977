import { type Command, InvalidArgumentError, Option } from 'commander'
import { EXIT } from '../../base/exit.ts'
import { savedReader } from '../../node/history/saved.ts'
import { historyOf, type StateOptions, type TargetOptions, targetOf, withState, withTarget } from '../flag/target.ts'
import { documented } from '../help/help.ts'
import { printStatus, type Status } from '../output/status-text.ts'
import { answer } from '../output/streams.ts'
import { isTerminal, paintFor, STDOUT } from '../output/terminal.ts'
import { watch } from '../output/watch.ts'
import { lookAt } from '../status-look.ts'

interface Options extends TargetOptions, StateOptions {
  output: 'text' | 'json'
  exitCode?: boolean
  watch?: boolean
  interval: number
}

export function statusCommand(program: Command): void {
  const summary = 'show what is programmed on this node, and whether it is what was applied'
  const command = withState(withTarget(program.command('status').summary(summary)))
    .addOption(new Option('-o, --output <form>', 'form of the answer').choices(['text', 'json']).default('text'))
    .option('--exit-code', 'exit 1 when the node is not in step: drifted, damaged, nothing applied, or nobody can tell')
    .addOption(new Option('--watch', 'look again and again, until interrupted').conflicts('exitCode'))
    .option('--interval <seconds>', 'how long --watch waits between two looks', seconds, 2)
    .action(run)
  documented(command, {
    examples: [
      ['balancing status', 'whether the node is in step, and what is applied here'],
      ['balancing status --exit-code > /dev/null', 'whether all is well, for a probe'],
      ['balancing status --watch', 'the same on a terminal, drawn anew every two seconds'],
      ['balancing status --watch -o json', 'one JSON object a line, for a program that reads them'],
    ],
    exits: {
      0: 'looked at; with --watch: interrupted',
      1: 'with --exit-code: drifted, damaged, nothing applied, or nobody can tell',
    },
  })
}

function seconds(text: string): number {
  const value = Number(text)
  if (!(value >= 0.1 && value <= 3600)) throw new InvalidArgumentError('0.1 to 3600 seconds')
  return value
}

async function run(options: Options): Promise<void> {
  const target = targetOf(options)
  const readSaved = savedReader(historyOf(options))
  const look = () => lookAt(target, readSaved)
  if (options.watch) return watch(async () => print(await look(), options), options.interval)
  const status = await look()
  answer(print(status, options))
  if (options.exitCode && status.standing !== 'in step') process.exitCode = EXIT.differs
}

/** While it is watched JSON is an object a line, and text that nobody looks at has an empty line behind it. */
function print(status: Status, { output, watch }: Options): string {
  if (output === 'json') return `${JSON.stringify(status, undefined, watch ? undefined : 2)}\n`
  return `${printStatus(status, paintFor(STDOUT))}${watch && !isTerminal(STDOUT) ? '\n' : ''}`
}
