import type { Entry } from '../history/entry.ts'
import { layoutHash } from '../image/layout.gen.ts'
import type { Neighbour } from '../kernel/neighbours.ts'
import type { LiveMap } from '../kernel/show.ts'

/** What `status -o json` prints. */
export interface Status {
  pinDir: string
  cgroup: string
  revision: string | null
  /** When and how it came; null when the history does not know. */
  applied: Pick<Entry, 'sequence' | 'time' | 'by' | 'build'> | null
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
  foreign: Neighbour[]
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

/** The same for people. */
export function printStatus(status: Status): string {
  const { pinDir, cgroup, revision, degraded, foreign, foreignUnknown, orphans, damage, leftovers } = status
  const lines = [
    ...(revision === null ? [`nothing is applied to ${cgroup} from ${pinDir}`] : printApplied(revision, status)),
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

function printApplied(revision: string, status: Status): string[] {
  const { applied, programs, maps, state } = status
  const memory = [...Object.values(maps), ...Object.values(state)].reduce((sum, map) => sum + map.memory, 0)
  return [
    `revision  ${revision.slice(0, 12)}${buildNote(status)}`,
    ...(applied === null ? [] : [`applied   ${applied.time} by balancing ${applied.build}${byNote(applied)}`]),
    ...Object.entries(programs).map(([name, state]) => `program   ${name.padEnd(14)} ${state}`),
    ...Object.entries(maps).map(([name, map]) => mapLine('map', name, map, `${map.entries} of ${map.maxEntries}`)),
    ...Object.entries(state).map(([name, map]) => mapLine('state', name, map, roomOf(map))),
    `memory    ${kibibytes(memory)} in all maps`,
  ]
}

function byNote({ by }: NonNullable<Status['applied']>): string {
  return by === 'rollback' ? ' (rollback)' : ''
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
