// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { familyOf, writeAddress } from '../src/base/address.ts'
import { show } from './applied.ts'
import { type Attached, HOOKS, type Hook } from './attached.ts'
import { run } from './child.ts'
import { type Size, translations } from './many-services.ts'
import { newCgroup, type Scratch, tool } from './scratch.ts'

/** The bytes of one entry of a map of floor.bpf.c. */
const PLACE_BYTES = { 4: 8, 6: 20 }

/**
 * Loads `one` and `look`, fills `look` with the VIPs of `size`, and attaches the hooks of its family, each kind to a new
 * cgroup. `entries` is the capacity of the frontends map that it will be compared with: both have equally many buckets. All
 * elements of `look` lie side by side, which is the best case.
 */
export async function attachFloor(
  scratch: Scratch,
  size: Size,
  entries: number,
  name: string,
): Promise<{ one: Attached; look: Attached }> {
  const pins = join(scratch.pins, `floor-${name}`)
  mkdirSync(pins)
  for (const family of [4, 6] as const) {
    const bytes = String(PLACE_BYTES[family])
    const sizes = ['type', 'hash', 'key', bytes, 'value', bytes, 'entries', String(entries)]
    await run('bpftool', ['map', 'create', join(pins, `places${family}`), ...sizes, 'name', `places${family}`])
  }
  const reuse = ['places4', 'places6'].flatMap(map => ['map', 'name', map, 'pinned', join(pins, map)])
  await run('bpftool', ['prog', 'loadall', tool('floor.bpf.o'), join(pins, 'programs'), ...reuse])
  await fill(join(pins, `places${size.family}`), size)
  const attach = async (kind: 'one' | 'look'): Promise<Attached> => {
    const cgroup = newCgroup(scratch, `${kind}-${name}`)
    const pinOf = (hook: Hook) => join(pins, 'programs', `${kind}_${hook}${size.family}`)
    for (const hook of HOOKS)
      await run('bpftool', ['cgroup', 'attach', cgroup, `${hook}${size.family}`, 'pinned', pinOf(hook)])
    return { cgroup, programs: hook => [pinOf(hook)], rewrites: kind === 'look' }
  }
  return { one: await attach('one'), look: await attach('look') }
}

async function fill(pin: string, size: Size): Promise<void> {
  const { id } = await show('map', pin)
  const lines = translations(size).map(
    ({ from, to }) => `map update id ${id} key hex ${place(...from)} value hex ${place(...to)}\n`,
  )
  await run('bpftool', ['batch', 'file', '-'], lines.join(''))
}

/** Address, port, two bytes of nothing. */
function place(address: string, port: number): string {
  const mapped = Buffer.alloc(16)
  writeAddress(address, mapped, 0)
  const bytes = [...mapped.subarray(familyOf(address) === 4 ? 12 : 0), port >> 8, port & 255, 0, 0]
  return bytes.map(byte => byte.toString(16).padStart(2, '0')).join(' ')
}
