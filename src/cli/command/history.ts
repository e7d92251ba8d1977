import { type Command, Option } from 'commander'
import { Failure } from '../../base/failure.ts'
import { headOf } from '../../base/form.ts'
import { shortRevision } from '../../base/short-revision.ts'
import { Bpftool } from '../../bpf/bpftool.ts'
import { inspect } from '../../bpf/inspect.ts'
import { requireNode } from '../../host/preflight.ts'
import type { Entry } from '../../node/history/entry.ts'
import { entryNamed } from '../../node/history/runs.ts'
import type { Target } from '../../node/target.ts'
import { historyOf, type StateOptions, type TargetOptions, targetOf, withState, withTarget } from '../flag/target.ts'
import { documented } from '../help/help.ts'
import { answer, say } from '../output/streams.ts'

interface Options extends TargetOptions, StateOptions {
  output: 'text' | 'json'
}

export function historyCommand(program: Command): void {
  const command = withState(withTarget(program.command('history')))
    .summary('show the specs that were put in place on this node')
    .addOption(new Option('-o, --output <form>', 'form of the answer').choices(['text', 'json']).default('text'))
    .action(run)
  documented(command, {
    examples: [
      ['balancing history', 'what was in place here, and when; the last line is the newest'],
      ['balancing history -o json', 'the same for programs'],
    ],
  })
}

async function run(options: Options): Promise<void> {
  const history = historyOf(options)
  const entries = history.entries()
  const revision = await revisionInPlace(targetOf(options))
  const inPlace = entryNamed(entries, revision)?.sequence ?? null
  if (typeof revision === 'string' && inPlace === null)
    say(`note: what is in place, revision ${shortRevision(revision)}, is not in the history`)
  if (options.output === 'json')
    return answer(`${JSON.stringify({ ...headOf('History'), inPlace, entries }, undefined, 2)}\n`)
  answer(
    entries.length === 0
      ? `nothing was put in place yet: ${history.directory} has no entry\n`
      : print(entries, inPlace),
  )
}

/** What the kernel says; undefined when it says nothing, and why not is told on stderr. */
async function revisionInPlace({ pinDir, cgroup }: Target): Promise<string | undefined> {
  try {
    requireNode(pinDir, cgroup)
    const bpftool = new Bpftool()
    await bpftool.requireVersion()
    return (await inspect(bpftool, pinDir, cgroup)).current?.revision?.spec
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    say(`note: nobody can say which one is in place: ${error.message}`)
    return undefined
  }
}

const HEAD = ['SEQUENCE', 'REVISION', 'TIME', 'NODE', 'BUILD', 'BY', '']

/** A line an entry, the oldest first. */
function print(entries: readonly Entry[], inPlace: number | null): string {
  const rows = entries.map(({ sequence, revision, time, node, build, by }) => {
    return [
      String(sequence),
      shortRevision(revision),
      time,
      node ?? '(external)',
      build,
      by,
      sequence === inPlace ? 'in place' : '',
    ]
  })
  const widths = HEAD.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]!.length)))
  const line = (row: string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd()
  return `${[HEAD, ...rows].map(line).join('\n')}\n`
}
