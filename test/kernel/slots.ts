// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { maps, structs } from '../../src/datapath/layout.gen.ts'
import type { World } from './world.ts'

/** How many socket slots are claimed. */
export function countClaims(world: World): number {
  const { offset } = structs.slot_owner.fields.claim
  return dump(world, 'slot_owners').filter(({ value }) => value.readUInt32LE(offset) !== 0).length
}

/** Makes every slot claimed by a socket of this claim (bpf/socket_slots.h), or free (0). */
export function claimSlots(world: World, claim: number): void {
  const value = Buffer.alloc(maps.slot_owners.valueSize)
  value.writeUInt32LE(claim, structs.slot_owner.fields.claim.offset)
  const entries = Array.from({ length: maps.slot_owners.maxEntries }, (_, number) => {
    const key = Buffer.alloc(4)
    key.writeUInt32LE(number)
    return { key, value }
  })
  write(world, 'slot_owners', entries)
}

/** Frees every slot, as when sockets are closed; which sockets have entries in socket storage stays noted. */
export function freeSlots(world: World): void {
  const { offset } = structs.slot_owner.fields.claim
  const owners = dump(world, 'slot_owners')
  for (const { value } of owners) value.writeUInt32LE(0, offset)
  write(world, 'slot_owners', owners)
}

/** Makes the entry of every slot that of another socket, whose memory the socket at its address has by now. */
export function inheritMemory(world: World): void {
  const offset = structs.socket_slot.fields.entry.offset + structs.revnat_entry.fields.check.offset
  const slots = dump(world, 'socket_slots').filter(({ value }) => value.some(byte => byte !== 0))
  for (const { value } of slots) value[offset]! ^= 1
  write(world, 'socket_slots', slots)
}

interface Entry {
  key: Buffer
  value: Buffer
}

/** A map as the loader of the first generation made it. */
function pin(world: World, map: 'socket_slots' | 'slot_owners'): string {
  return `${world.pins}/balancing/g1/maps/${map}`
}

function dump(world: World, map: 'socket_slots' | 'slot_owners'): Entry[] {
  const words = ['-j', 'map', 'dump', 'pinned', pin(world, map)]
  const entries = JSON.parse(execFileSync('bpftool', words, { encoding: 'utf8', maxBuffer: 1 << 26 })) as {
    key: string[]
    value: string[]
  }[]
  const bytes = (text: string[]) => Buffer.from(text.map(Number))
  return entries.map(({ key, value }) => ({ key: bytes(key), value: bytes(value) }))
}

function write(world: World, map: 'socket_slots' | 'slot_owners', entries: readonly Entry[]): void {
  const lines = entries.map(
    ({ key, value }) => `map update pinned ${pin(world, map)} key hex ${spaced(key)} value hex ${spaced(value)}`,
  )
  execFileSync('bpftool', ['batch', 'file', '-'], { input: `${lines.join('\n')}\n`, stdio: ['pipe', 'pipe', 'pipe'] })
}

function spaced(bytes: Buffer): string {
  return bytes.toString('hex').replace(/..(?=.)/g, '$& ')
}
