// SPDX-License-Identifier: Apache-2.0
import { applied, keyOf, show } from './applied.ts'
import type { Attached } from './attached.ts'
import type { Bench } from './bench.ts'
import { attachFloor } from './floor.ts'
import type { Size } from './many-services.ts'
import { once } from './once.ts'
import { newCgroup } from './scratch.ts'

/** What competes over the Services of one size: `none`, `one`, `look`, and each build of ours, by name. */
export type Setup = Map<string, Attached>

/** Attaches everything for a size, once a run. */
export const setupOf = once((_, size) => keyOf(size), setUp)

async function setUp({ scratch, variants }: Bench, size: Size): Promise<Setup> {
  const setup: Setup = new Map()
  setup.set('none', { cgroup: newCgroup(scratch, `none-${keyOf(size)}`), programs: () => [], rewrites: false })
  let entries = 0
  for (const variant of variants) {
    const { cgroup, programs, maps } = await applied(scratch, variant, size)
    setup.set(variant.name, {
      cgroup,
      programs: hook => {
        const main = programs.get(`${hook}${size.family}`)!
        return [main, ...[...programs.values()].filter(program => program !== main)]
      },
      rewrites: true,
    })
    entries = (await show('map', maps.get('frontends')!)).max_entries
  }
  const { one, look } = await attachFloor(scratch, size, entries, keyOf(size))
  return setup.set('one', one).set('look', look)
}
