import { execFileSync } from 'node:child_process'
import { maps } from '../../src/image/layout.gen.ts'
import type { World } from './world.ts'

/** The map that says who sits where, as the loader of the first generation made it. */
function pin(world: World): string {
  return `${world.pins}/balancing/g1/maps/seat_owners`
}

/** How many seats are taken. */
export function countOwners(world: World): number {
  const dump = JSON.parse(
    execFileSync('bpftool', ['-j', 'map', 'dump', 'pinned', pin(world)], { encoding: 'utf8', maxBuffer: 1 << 26 }),
  )
  return (dump as { value: string[] }[]).filter(({ value }) => value.some(byte => byte !== '0x00')).length
}

/** Gives every seat to the socket of this cookie, or to nobody (0). */
export function writeOwners(world: World, cookie: number): void {
  const value = Buffer.alloc(8)
  value.writeBigUInt64LE(BigInt(cookie))
  const lines = Array.from({ length: maps.seat_owners.maxEntries }, (_, number) => {
    const key = Buffer.alloc(4)
    key.writeUInt32LE(number)
    return `map update pinned ${pin(world)} key hex ${spaced(key)} value hex ${spaced(value)}`
  })
  execFileSync('bpftool', ['batch', 'file', '-'], { input: `${lines.join('\n')}\n`, stdio: ['pipe', 'pipe', 'pipe'] })
}

function spaced(bytes: Buffer): string {
  return bytes.toString('hex').replace(/..(?=.)/g, '$& ')
}
