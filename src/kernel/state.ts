import { STATE_MAPS, type StateMap } from '../image/image.ts'
import type { Bpftool } from './bpftool.ts'
import type { Capacities } from './capacity.ts'
import type { Generation } from './inspect.ts'
import type { GenerationPins } from './pins.ts'
import { hasLayout } from './show.ts'

/**
 * Pins the state maps of the generation that serves now under a new one, so that sockets made before an upgrade keep
 * what is known of them. A map that is missing there, too small or laid out otherwise is left behind. Returns what is pinned now.
 */
export async function inheritState(
  bpftool: Bpftool,
  from: Generation | undefined,
  to: GenerationPins,
  capacities: Capacities,
): Promise<StateMap[]> {
  const inherited: StateMap[] = []
  for (const [name, live] of from?.state ?? []) {
    const isSmall = name === 'affinity' && live.maxEntries < capacities.affinity
    if (name === 'identity' || isSmall || !hasLayout(live, name)) continue
    const { error } = await bpftool.run('map', 'pin', 'id', String(live.id), to.map(name))
    if (error === undefined) inherited.push(name)
  }
  return inherited
}

/**
 * Pins the state maps that loading the programs made: socket storage needs BTF, which only the loader gives it.
 * Returns what went wrong, if anything.
 */
export async function pinState(bpftool: Bpftool, pins: GenerationPins): Promise<string | undefined> {
  const pinned = pins.pinnedState()
  const missing = STATE_MAPS.filter(name => !pinned.includes(name))
  if (missing.length === 0) return undefined
  const programs = await bpftool.ask(pins.pinnedPrograms().map(name => `prog show pinned ${pins.program(name)}`))
  const ids = new Set(programs.flatMap(answer => (answer as { map_ids?: number[] }).map_ids ?? []))
  const shown = (await bpftool.ask([...ids].map(id => `map show id ${id}`))) as { id: number; name?: string }[]
  for (const name of missing) {
    const id = shown.find(map => map.name === name)?.id
    if (id === undefined) return `no program has the map ${name}`
    const { error } = await bpftool.run('map', 'pin', 'id', String(id), pins.map(name))
    if (error !== undefined) return `the map ${name} cannot be pinned: ${error}`
  }
  return undefined
}
