// SPDX-License-Identifier: Apache-2.0
import { CONFIG_MAPS, STATE_MAPS } from '../src/datapath/image.ts'
import { type Applied, applied, show } from './applied.ts'
import type { Bench } from './bench.ts'
import { grouped, printTable } from './figures.ts'
import { nameOf, type Size } from './many-services.ts'

/** Kernel memory of maps and programs, as the kernel counts it. */
export async function memory({ scratch, variants }: Bench): Promise<string> {
  const tables: string[] = []
  for (const variant of variants) {
    const columns: Column[] = []
    for (const size of SIZES) columns.push(await columnOf(await applied(scratch, variant, size)))
    const row = (name: string, of: (column: Column) => number) => [name, ...columns.map(column => grouped(of(column)))]
    const names = [...columns[0]!.maps.keys()]
    tables.push(
      printTable(
        [`${variant.name}, KiB`, ...SIZES.map(nameOf)],
        [
          ...names.map(name => row(name, ({ maps }) => maps.get(name)!)),
          row('config maps', column => sum(column, isConfig)),
          row('state maps', column => sum(column, name => !isConfig(name))),
          row('programs', ({ programs }) => programs),
          row('all', column => sum(column, () => true) + column.programs),
        ],
      ),
    )
  }
  return `## Memory\n
KiB of the kernel's memory for maps and programs, by its own count (bytes_memlock), rounded up. What sockets store themselves is not in it.
N×M is N Services with M endpoints; affinity: all of them have it.\n
${tables.join('\n')}`
}

const SIZES: readonly Size[] = [
  { services: 10, endpoints: 5, family: 4, protocol: 'UDP' },
  { services: 10_000, endpoints: 5, family: 4, protocol: 'UDP' },
  { services: 10_000, endpoints: 10, family: 4, protocol: 'UDP' },
  { services: 10_000, endpoints: 10, family: 6, protocol: 'UDP' },
  { services: 50_000, endpoints: 5, family: 4, protocol: 'UDP' },
  { services: 10_000, endpoints: 5, family: 4, protocol: 'UDP', affinity: true },
]

/** KiB. */
interface Column {
  maps: Map<string, number>
  programs: number
}

async function columnOf({ maps, programs }: Applied): Promise<Column> {
  const order: readonly string[] = [...CONFIG_MAPS, ...STATE_MAPS]
  const names = [...maps.keys()].sort((a, b) => order.indexOf(a) - order.indexOf(b))
  const column: Column = { maps: new Map(), programs: 0 }
  for (const name of names) column.maps.set(name, await kibibytes('map', maps.get(name)!))
  for (const pin of programs.values()) column.programs += await kibibytes('prog', pin)
  return column
}

async function kibibytes(what: 'map' | 'prog', pin: string): Promise<number> {
  return Math.ceil((await show(what, pin)).bytes_memlock / 1024)
}

function sum({ maps }: Column, counts: (name: string) => boolean): number {
  return [...maps].reduce((total, [name, size]) => (counts(name) ? total + size : total), 0)
}

function isConfig(name: string): boolean {
  return (CONFIG_MAPS as readonly string[]).includes(name)
}
