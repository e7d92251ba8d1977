import { type Command, Option } from 'commander'
import { openNode } from '../apply/node.ts'
import { revisionIn } from '../apply/work.ts'
import { EXIT } from '../base/exit.ts'
import { CONFIG_MAPS, type Image, isArray } from '../image/image.ts'
import { type Generation, leftovers } from '../kernel/inspect.ts'
import { type ProgramName, programsFor } from '../kernel/programs.ts'
import { answer } from './streams.ts'
import { type TargetOptions, targetOf, withTarget } from './target.ts'

interface Options extends TargetOptions {
  output: 'text' | 'json'
  exitCode?: boolean
}

/** What `status -o json` prints. */
interface Status {
  pinDir: string
  cgroup: string
  revision: string | null
  programs: Record<string, 'attached' | 'detached' | 'missing'>
  currentBuild: boolean
  maps: Record<string, { entries: number; maxEntries: number }>
  foreign: { id: number; hook: string; name: string }[]
  /** Pins of generations that an unfinished apply left; the next apply removes them. */
  leftovers: string[]
}

export function statusCommand(program: Command): void {
  withTarget(program.command('status').summary('show what is programmed on this node'))
    .addOption(new Option('-o, --output <form>', 'form of the answer').choices(['text', 'json']).default('text'))
    .option('--exit-code', 'exit 1 when nothing is applied, a program is not attached, or an apply was not finished')
    .action(run)
}

async function run(options: Options): Promise<void> {
  const target = targetOf(options)
  const node = await openNode(target)
  const { current } = node.state
  const image = await node.observed()
  const revision = revisionIn(image)
  const status: Status = {
    pinDir: target.pinDir,
    cgroup: target.cgroup,
    revision: revision?.spec ?? null,
    programs: Object.fromEntries(programsFor(image).map(name => [name, stateOf(name, current)])),
    currentBuild: revision?.programs === node.programs,
    maps: fillOf(image, current),
    foreign: node.state.foreign,
    leftovers: leftovers(node.state).map(g => g.pins.path),
  }
  answer(options.output === 'json' ? `${JSON.stringify(status, undefined, 2)}\n` : print(status))
  const isAttached = Object.values(status.programs).every(p => p === 'attached')
  const healthy = revision !== undefined && isAttached && status.leftovers.length === 0
  if (options.exitCode && !healthy) process.exitCode = EXIT.differs
}

function stateOf(name: ProgramName, generation: Generation | undefined) {
  if (!generation?.programs.has(name)) return 'missing'
  return generation.attached.some(a => a.program === name) ? 'attached' : 'detached'
}

function fillOf(image: Image, generation: Generation | undefined): Status['maps'] {
  const live = generation?.maps
  if (!live) return {}
  const counted = CONFIG_MAPS.filter(name => !isArray(name))
  return Object.fromEntries(
    counted.map(name => [name, { entries: image[name].size, maxEntries: live[name].maxEntries }]),
  )
}

function print({ pinDir, cgroup, revision, programs, currentBuild, maps, foreign, leftovers }: Status): string {
  const left = leftovers.map(path => `leftover  ${path}: not attached, or of an unfinished apply`)
  if (revision === null) return [`nothing is applied to ${cgroup} from ${pinDir}`, ...left, ''].join('\n')
  const lines = [
    `revision  ${revision.slice(0, 12)}${currentBuild ? '' : '  (programs of another build)'}`,
    ...Object.entries(programs).map(([name, state]) => `program   ${name.padEnd(14)} ${state}`),
    ...Object.entries(maps).map(
      ([name, { entries, maxEntries }]) => `map       ${name.padEnd(14)} ${entries} of ${maxEntries}`,
    ),
    ...foreign.map(({ id, hook, name }) => `foreign   ${name || '(unnamed)'} (id ${id}) at ${hook}`),
    ...left,
  ]
  return `${lines.join('\n')}\n`
}
