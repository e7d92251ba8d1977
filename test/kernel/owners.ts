import { execFileSync } from 'node:child_process'
import { maps, structs } from '../../src/datapath/layout.gen.ts'
import type { World } from './world.ts'

/** How many seats are taken. */
export function countOwners(world: World): number {
  const { offset } = structs.seat_owner.fields.turn
  return dump(world, 'seat_owners').filter(({ value }) => value.readUInt32LE(offset) !== 0).length
}

/** Gives every seat to sockets of this turn, or to nobody (0). */
export function writeOwners(world: World, turn: number): void {
  const value = Buffer.alloc(maps.seat_owners.valueSize)
  value.writeUInt32LE(turn, structs.seat_owner.fields.turn.offset)
  const entries = Array.from({ length: maps.seat_owners.maxEntries }, (_, number) => {
    const key = Buffer.alloc(4)
    key.writeUInt32LE(number)
    return { key, value }
  })
  write(world, 'seat_owners', entries)
}

/** Everybody stands up, as when sockets are closed; that seats were asked for by several stays known. */
export function vacateSeats(world: World): void {
  const { offset } = structs.seat_owner.fields.turn
  const owners = dump(world, 'seat_owners')
  for (const { value } of owners) value.writeUInt32LE(0, offset)
  write(world, 'seat_owners', owners)
}

/** Makes what is known of every seat's last socket that of another one, whose memory that socket has by now. */
export function inheritMemory(world: World): void {
  const offset = structs.seat.fields.peer.offset + structs.peer.fields.turn.offset
  const seats = dump(world, 'seats').filter(({ value }) => value.some(byte => byte !== 0))
  for (const { value } of seats) value.writeUInt32LE(value.readUInt32LE(offset) + 1, offset)
  write(world, 'seats', seats)
}

interface Entry {
  key: Buffer
  value: Buffer
}

/** A map as the loader of the first generation made it. */
function pin(world: World, map: 'seats' | 'seat_owners'): string {
  return `${world.pins}/balancing/g1/maps/${map}`
}

function dump(world: World, map: 'seats' | 'seat_owners'): Entry[] {
  const words = ['-j', 'map', 'dump', 'pinned', pin(world, map)]
  const entries = JSON.parse(execFileSync('bpftool', words, { encoding: 'utf8', maxBuffer: 1 << 26 })) as {
    key: string[]
    value: string[]
  }[]
  const bytes = (text: string[]) => Buffer.from(text.map(Number))
  return entries.map(({ key, value }) => ({ key: bytes(key), value: bytes(value) }))
}

function write(world: World, map: 'seats' | 'seat_owners', entries: readonly Entry[]): void {
  const lines = entries.map(
    ({ key, value }) => `map update pinned ${pin(world, map)} key hex ${spaced(key)} value hex ${spaced(value)}`,
  )
  execFileSync('bpftool', ['batch', 'file', '-'], { input: `${lines.join('\n')}\n`, stdio: ['pipe', 'pipe', 'pipe'] })
}

function spaced(bytes: Buffer): string {
  return bytes.toString('hex').replace(/..(?=.)/g, '$& ')
}
