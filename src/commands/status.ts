import { type Command, Option } from 'commander'
import { lossesOfHealing } from '../apply/heal.ts'
import { openNode } from '../apply/node.ts'
import { EXIT } from '../base/exit.ts'
import { Failure } from '../base/failure.ts'
import type { Entry } from '../history/entry.ts'
import { CONFIG_MAPS, type Image, STATE_MAPS } from '../image/image.ts'
import { missingFeatures } from '../kernel/features.ts'
import { damageOf, type Generation, readableMaps } from '../kernel/generation.ts'
import { leftovers } from '../kernel/inspect.ts'
import { neighboursBelow } from '../kernel/neighbours.ts'
import { programsFor } from '../kernel/programs.ts'
import type { LiveMap } from '../kernel/show.ts'
import { documented } from './help.ts'
import { type MapStatus, printStatus, type Status } from './status-text.ts'
import { answer } from './streams.ts'
import { historyOf, type StateOptions, type TargetOptions, targetOf, withState, withTarget } from './target.ts'

interface Options extends TargetOptions, StateOptions {
  output: 'text' | 'json'
  exitCode?: boolean
}

export function statusCommand(program: Command): void {
  const command = withState(withTarget(program.command('status').summary('show what is programmed on this node')))
    .addOption(new Option('-o, --output <form>', 'form of the answer').choices(['text', 'json']).default('text'))
    .option('--exit-code', 'exit 1 when nothing is applied, a program is not attached, or an apply was not finished')
    .action(run)
  documented(command, {
    examples: [
      ['balancing status', 'what is applied here, and how full the maps are'],
      ['balancing status --exit-code > /dev/null', 'whether all is well, for a probe'],
    ],
    exits: { 1: 'with --exit-code: nothing is applied, a program is not attached, or an apply was not finished' },
  })
}

async function run(options: Options): Promise<void> {
  const target = targetOf(options)
  const node = await openNode(target)
  const { current } = node.state
  const image = await node.observed()
  const revision = current?.revision
  const below = await neighboursBelow(node.bpftool, target.cgroup, node.state)
  const status: Status = {
    pinDir: target.pinDir,
    cgroup: target.cgroup,
    revision: revision?.spec ?? null,
    applied: appliedAs(revision?.spec, historyOf(options).entries().at(-1)),
    programs: Object.fromEntries(programNames(image, current).map(name => [name, stateOf(name, current)])),
    currentBuild: revision?.programs === node.programs,
    layout: revision?.layout ?? null,
    degraded: await degraded(current),
    maps: configOf(image, current),
    state: stateMapsOf(current),
    foreign: [...node.state.foreign, ...(below instanceof Failure ? [] : below)],
    foreignUnknown: below instanceof Failure ? below.message : null,
    orphans: node.state.orphans,
    damage: (image && revision?.programs === node.programs && damageOf(current!, programsFor(image))) || null,
    leftovers: leftovers(node.state).map(g => g.pins.path),
  }
  answer(options.output === 'json' ? `${JSON.stringify(status, undefined, 2)}\n` : printStatus(status))
  const isAttached = Object.values(status.programs).every(p => p === 'attached')
  const isClean = status.leftovers.length + status.orphans.length === 0 && status.damage === null
  const healthy = revision !== undefined && isAttached && isClean
  if (options.exitCode && !healthy) process.exitCode = EXIT.differs
}

/** What the history says of the revision that the kernel has; null when it knows of a later one, or of none. */
function appliedAs(revision: string | undefined, newest: Entry | undefined): Status['applied'] {
  if (!newest || newest.revision !== revision) return null
  const { sequence, time, by, build } = newest
  return { sequence, time, by, build }
}

async function degraded(serving: Generation | undefined): Promise<Status['degraded']> {
  const features = Object.fromEntries(missingFeatures().map(({ name, lost }) => [name, lost]))
  const healing = serving ? await lossesOfHealing(serving) : []
  return healing.length === 0 ? features : { ...features, healing: healing.join('; ') }
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

function configOf(image: Image | undefined, generation: Generation | undefined): Status['maps'] {
  const live = generation && readableMaps(generation)
  if (!live || !image) return {}
  return Object.fromEntries(CONFIG_MAPS.map(name => [name, { entries: image[name].size, ...mapStatus(live[name]) }]))
}

function stateMapsOf(generation: Generation | undefined): Status['state'] {
  const present = STATE_MAPS.map(name => [name, generation?.maps.get(name)] as const)
  return Object.fromEntries(present.flatMap(([name, map]) => (map ? [[name, mapStatus(map)]] : [])))
}

function mapStatus({ type, maxEntries, memory }: LiveMap): MapStatus {
  return { type, maxEntries, memory }
}
