import type { API_VERSION } from '../../base/form.ts'
import { type Paint, plain, type Tone } from '../../base/paint.ts'
import type { ForeignProgram } from '../../bpf/foreign-programs.ts'
import type { LiveMap } from '../../bpf/show.ts'
import { layoutHash } from '../../datapath/layout.gen.ts'
import type { Entry } from '../../node/history/entry.ts'
import type { Standing } from '../../node/sync-state.ts'
import type { Drift } from '../../report/drift/drift.ts'

/** What `status -o json` prints. */
export interface Status {
  apiVersion: typeof API_VERSION
  kind: 'Status'
  /** When it was looked at; ISO 8601, UTC. */
  time: string
  standing: Standing
  /** Why, in a sentence. */
  reason: string
  pinDir: string
  cgroup: string
  /** What the maps say. */
  revision: string | null
  /** What was put in place here last, when, for which node and by which build; null when the state directory does not say. */
  applied: Entry | null
  /** Entries that are not what the spec that was put in place last wants. */
  drift: Drift[]
  /** Why nobody can tell. */
  driftUnknown: string | null
  programs: Record<string, 'attached' | 'detached' | 'missing'>
  currentBuild: boolean
  /** Another one than this build's means that the maps cannot be read. */
  layout: string | null
  /** What this kernel cannot do, by feature, in words. */
  degraded: Record<string, string>
  /** The maps that apply writes. */
  maps: Record<string, MapStatus & { entries: number }>
  /** The maps that the programs write. */
  state: Record<string, MapStatus>
  /** Programs of others at our hooks: in the cgroup, above and below it. */
  foreign: ForeignProgram[]
  /** Why those below are not known. */
  foreignUnknown: string | null
  /** Programs of balancing whose pins are gone. */
  orphans: { id: number; hook: string; name: string }[]
  /** Why the next apply replaces maps and programs of this build. */
  damage: string | null
  /** Pins of generations that an unfinished apply left; the next apply removes them. */
  leftovers: string[]
}

/** Memory in bytes, as the kernel counts it. */
export type MapStatus = Pick<LiveMap, 'type' | 'maxEntries' | 'memory'>

const MOST_DRIFT = 20

/** The same for people: how the node stands, then drift, then the rest. */
export function printStatus(status: Status, paint: Paint = plain): string {
  const { standing, reason, revision, drift, degraded, foreign, foreignUnknown, damage, orphans, leftovers } = status
  const lines = [
    `${paint(TONES[standing], standing.toUpperCase())}  ${reason}`,
    ...drift.slice(0, MOST_DRIFT).map(({ what }) => `  ${what}`),
    ...(drift.length > MOST_DRIFT ? [`  … and ${drift.length - MOST_DRIFT} more; -o json has them all`] : []),
    ...(revision === null ? [] : printApplied(revision, status)),
    ...Object.entries(degraded).map(([name, lost]) => `degraded  ${name}: ${lost}`),
    ...foreign.map(
      ({ name, id, hook, cgroup }) => `foreign   ${name || '(unnamed)'} (id ${id}) at ${hook} of ${cgroup}`,
    ),
    ...(foreignUnknown === null ? [] : [`foreign   unknown: ${foreignUnknown}`]),
    ...(damage === null ? [] : [`damage    ${damage}`]),
    ...orphans.map(({ hook, name, id }) => `orphan    ${name} (id ${id}) at ${hook}: its pin is gone`),
    ...leftovers.map(path => `leftover  ${path}: not attached, or of an unfinished apply`),
  ]
  return `${lines.join('\n')}\n`
}

const TONES: Readonly<Record<Standing, Tone>> = {
  'in step': 'good',
  drifted: 'bad',
  damaged: 'bad',
  unknown: 'warn',
  'nothing applied': 'warn',
}

function printApplied(revision: string, status: Status): string[] {
  const { applied, programs, maps, state } = status
  const memory = [...Object.values(maps), ...Object.values(state)].reduce((sum, map) => sum + map.memory, 0)
  return [
    `revision  ${revision.slice(0, 12)}${buildNote(status)}`,
    ...(applied === null ? [] : [`applied   ${formatForeign(applied)}`]),
    ...Object.entries(programs).map(([name, state]) => `program   ${name.padEnd(14)} ${state}`),
    ...Object.entries(maps).map(([name, map]) => mapLine('map', name, map, `${map.entries} of ${map.maxEntries}`)),
    ...Object.entries(state).map(([name, map]) => mapLine('state', name, map, roomOf(map))),
    `memory    ${kibibytes(memory)} in all maps`,
  ]
}

function formatForeign({ time, node, build, by }: Entry): string {
  const place = node === null ? 'a host outside the cluster' : node
  return `${time} for ${place} by balancing ${build}${by === 'rollback' ? ' (rollback)' : ''}`
}

function buildNote({ currentBuild, layout }: Status): string {
  if (currentBuild) return ''
  return layout === layoutHash ? '  (programs of another build)' : `  (programs of another build, layout ${layout})`
}

function mapLine(kind: string, name: string, { type, memory }: MapStatus, fill: string): string {
  return `${kind.padEnd(9)} ${name.padEnd(15)} ${fill.padEnd(17)} ${type.padEnd(10)} ${kibibytes(memory)}`
}

function roomOf({ type, maxEntries }: MapStatus): string {
  return type === 'sk_storage' ? 'with each socket' : `at most ${maxEntries}`
}

function kibibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`
}
