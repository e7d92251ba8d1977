import { type Command, Option } from 'commander'
import { openNode } from '../apply/node.ts'
import { EXIT } from '../base/exit.ts'
import { CONFIG_MAPS, type Image, isArray } from '../image/image.ts'
import { layoutHash } from '../image/layout.gen.ts'
import { damageOf, type Generation, readableMaps } from '../kernel/generation.ts'
import { leftovers } from '../kernel/inspect.ts'
import { programsFor } from '../kernel/programs.ts'
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
  /** Another one than this build's means that the maps cannot be read. */
  layout: string | null
  maps: Record<string, { entries: number; maxEntries: number }>
  foreign: { id: number; hook: string; name: string }[]
  /** Programs of balancing whose pins are gone. */
  orphans: { id: number; hook: string; name: string }[]
  /** Why the next apply replaces maps and programs of this build. */
  damage: string | null
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
  const revision = current?.revision
  const status: Status = {
    pinDir: target.pinDir,
    cgroup: target.cgroup,
    revision: revision?.spec ?? null,
    programs: Object.fromEntries(programNames(image, current).map(name => [name, stateOf(name, current)])),
    currentBuild: revision?.programs === node.programs,
    layout: revision?.layout ?? null,
    maps: fillOf(image, current),
    foreign: node.state.foreign,
    orphans: node.state.orphans,
    damage: (image && revision?.programs === node.programs && damageOf(current!, programsFor(image))) || null,
    leftovers: leftovers(node.state).map(g => g.pins.path),
  }
  answer(options.output === 'json' ? `${JSON.stringify(status, undefined, 2)}\n` : print(status))
  const isAttached = Object.values(status.programs).every(p => p === 'attached')
  const isClean = status.leftovers.length + status.orphans.length === 0 && status.damage === null
  const healthy = revision !== undefined && isAttached && isClean
  if (options.exitCode && !healthy) process.exitCode = EXIT.differs
}

/** Those that are needed, as far as this build can tell, and those that are there. */
function programNames(image: Image | undefined, generation: Generation | undefined): string[] {
  const attached = generation?.attached.flatMap(a => a.program ?? []) ?? []
  return [...new Set([...(image ? programsFor(image) : []), ...attached])]
}

function stateOf(name: string, generation: Generation | undefined) {
  if (!generation?.programs.has(name)) return 'missing'
  return generation.attached.some(a => a.program === name) ? 'attached' : 'detached'
}

function fillOf(image: Image | undefined, generation: Generation | undefined): Status['maps'] {
  const live = generation && readableMaps(generation)
  if (!live || !image) return {}
  const counted = CONFIG_MAPS.filter(name => !isArray(name))
  return Object.fromEntries(
    counted.map(name => [name, { entries: image[name].size, maxEntries: live[name].maxEntries }]),
  )
}

function print(status: Status): string {
  const { pinDir, cgroup, revision, programs, maps, foreign, orphans, damage, leftovers } = status
  const left = [
    ...orphans.map(({ hook, name, id }) => `orphan    ${name} (id ${id}) at ${hook}: its pin is gone`),
    ...leftovers.map(path => `leftover  ${path}: not attached, or of an unfinished apply`),
  ]
  if (revision === null) return [`nothing is applied to ${cgroup} from ${pinDir}`, ...left, ''].join('\n')
  const lines = [
    `revision  ${revision.slice(0, 12)}${buildNote(status)}`,
    ...Object.entries(programs).map(([name, state]) => `program   ${name.padEnd(14)} ${state}`),
    ...Object.entries(maps).map(
      ([name, { entries, maxEntries }]) => `map       ${name.padEnd(14)} ${entries} of ${maxEntries}`,
    ),
    ...foreign.map(({ id, hook, name }) => `foreign   ${name || '(unnamed)'} (id ${id}) at ${hook}`),
    ...(damage === null ? [] : [`damage    ${damage}`]),
    ...left,
  ]
  return `${lines.join('\n')}\n`
}

function buildNote({ currentBuild, layout }: Status): string {
  if (currentBuild) return ''
  return layout === layoutHash ? '  (programs of another build)' : `  (programs of another build, layout ${layout})`
}
