// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest'
import { explore } from './explore.ts'

/*
 * A model of bpf/socket_slots.h: sockets of several epochs meet at one slot, and every interleaving of their accesses is tried. All
 * accesses of a claim are to one word, which every processor sees in one order, so interleavings are all that there is.
 */

/** How a claim is written: what a socket adds, and when a sum may be of several claims. */
interface Claims {
  of: (epoch: number) => number
  maybeShared: (claim: number) => boolean
}

/** As in the header: the epoch, and one claimant in the low 4 bits. */
const COUNTED: Claims = { of: epoch => (epoch << 4) | 1, maybeShared: claim => (claim & 15) > 1 }
/** Without the count, a sum may be the claim of a third socket. */
const UNCOUNTED: Claims = { of: epoch => epoch, maybeShared: claim => claim !== 0 }

/** Where a socket is: before the access of that name. `used` and `close` are calls of has_slot(), by a user and by release. */
type At =
  | 'claim' // claim_slot(), to the end of its has_slot()
  | 'claim-wrote'
  | 'free'
  | 'add'
  | 'alone'
  | 'undo'
  | 'write' // the entry
  | 'used'
  | 'used-wrote'
  | 'close'
  | 'close-wrote'
  | 'subtract'
  | 'ended'

interface Slot {
  claim: number
  /** The epoch of the socket that wrote the entry; 0: none. */
  entry: number
  sockets: { epoch: number; at: At; owns: boolean; fault?: string }[]
}

function stepOf(claims: Claims): (slot: Slot, i: number) => Slot | undefined {
  return (slot, i) => {
    const socket = slot.sockets[i]!
    const mine = claims.of(socket.epoch)
    const to = (at: At, change: Partial<Slot['sockets'][number]> = {}, shared: Partial<Slot> = {}): Slot => {
      const sockets = slot.sockets.map((one, n) => (n === i ? { ...one, at, ...change } : one))
      return { ...slot, ...shared, sockets }
    }
    /** has_slot(): one access, and a second one to the entry where the sum may be of several claims. */
    const has = (wrote: At, yes: () => Slot, no: () => Slot): Slot => {
      if (slot.claim === mine) return yes()
      return claims.maybeShared(slot.claim) ? to(wrote) : no()
    }
    const isWriter = slot.entry === socket.epoch
    const take = () => to('write', { owns: true })
    const used = () => to('close', socket.owns ? {} : { fault: 'a socket uses a slot that it did not claim' })
    const lost = () => to('close', socket.owns ? { fault: 'the owner of a slot is told that it has none' } : {})
    const release = () => to('subtract', socket.owns ? {} : { fault: 'a socket releases a slot that it did not claim' })
    const keep = () => to('ended', socket.owns ? { fault: 'a slot is never released' } : {})
    switch (socket.at) {
      case 'claim':
        return has('claim-wrote', take, () => to('free'))
      case 'claim-wrote':
        return isWriter ? take() : to('free')
      case 'free':
        return slot.claim === 0 ? to('add') : to('used')
      case 'add':
        return to('alone', {}, { claim: (slot.claim + mine) >>> 0 })
      case 'alone':
        return slot.claim === mine ? take() : to('undo')
      case 'undo':
        return to('used', {}, { claim: (slot.claim - mine) >>> 0 })
      case 'write':
        return to('used', {}, { entry: socket.epoch })
      case 'used':
        return has('used-wrote', used, lost)
      case 'used-wrote':
        return isWriter ? used() : lost()
      case 'close':
        return has('close-wrote', release, keep)
      case 'close-wrote':
        return isWriter ? release() : keep()
      case 'subtract':
        return to('ended', { owns: false }, { claim: (slot.claim - mine) >>> 0 })
      case 'ended':
        return undefined
    }
  }
}

function checkSlot({ claim, sockets }: Slot, isEnd: boolean): string | undefined {
  const fault = sockets.find(socket => socket.fault !== undefined)?.fault
  if (fault !== undefined) return fault
  if (sockets.filter(({ owns }) => owns).length > 1) return 'two sockets own the slot'
  return isEnd && claim !== 0 ? 'all sockets are closed, and the slot is claimed' : undefined
}

const claimAll = (claims: Claims, epochs: readonly number[]) => {
  const sockets = epochs.map(epoch => ({ epoch, at: 'claim' as const, owns: false }))
  return explore<Slot>({ claim: 0, entry: 0, sockets }, epochs.length, stepOf(claims), checkSlot)
}

describe('the claim of a slot', () => {
  // 1 + 2 = 3, 1 + 3 = 4, and neighbours; two to four sockets.
  test.each([[[1, 2]], [[1, 2, 3]], [[2, 1, 3]], [[1, 3, 4]], [[5, 6, 11]], [[7, 8, 9]], [[1, 2, 3, 6]]])(
    'of sockets of the epochs %j: one owns it at most, knows it, and frees it',
    epochs => {
      const { fault, states } = claimAll(COUNTED, epochs)
      expect(fault).toBeUndefined()
      expect(states).toBeGreaterThan(60)
    },
  )

  test('without the count, two claims that sum up to a third give it the slot', () => {
    expect(claimAll(UNCOUNTED, [1, 2]).fault).toBeUndefined()
    expect(claimAll(UNCOUNTED, [1, 2, 3]).fault).toMatch(/did not claim|two sockets own|is told that it has none/)
  })
})

test('without a look at the entry, an owner loses its slot while others try', () => {
  expect(claimAll({ ...COUNTED, maybeShared: () => false }, [1, 2]).fault).toMatch(
    /is told that it has none|is never released/,
  )
})

/** How the slot notes which sockets have entries in socket storage. */
interface Notes {
  /** What is added, for a socket that has read `noted`; 0: nothing. */
  add: (noted: number, epoch: number) => number
  mayBeStored: (noted: number, epoch: number) => boolean
}

/** As in the header. */
const EPOCH: Notes = {
  add: (noted, epoch) => Math.max(0, epoch - noted),
  mayBeStored: (noted, epoch) => epoch - noted <= 0,
}
/** A flag that is set and never cleared. */
const FLAG: Notes = { add: noted => (noted === 0 ? 1 : 0), mayBeStored: noted => noted !== 0 }

interface Owner {
  noted: number
  sockets: { epoch: number; at: 'read' | 'add' | 'ended'; read: number }[]
}

function noteAll(notes: Notes, epochs: readonly number[]) {
  const later = epochs.reduce((sum, epoch) => sum + epoch, 0) + 1
  const step = ({ noted, sockets }: Owner, i: number): Owner | undefined => {
    const { epoch, at, read } = sockets[i]!
    const to = (next: Owner['sockets'][number], now = noted) => ({ noted: now, sockets: sockets.with(i, next) })
    if (at === 'ended') return undefined
    if (at === 'read') return to({ epoch, at: 'add', read: noted })
    return to({ epoch, at: 'ended', read }, noted + notes.add(read, epoch))
  }
  const check = ({ noted, sockets }: Owner) => {
    const missed = sockets.find(({ epoch, at }) => at === 'ended' && !notes.mayBeStored(noted, epoch))
    if (missed) return `epoch ${missed.epoch} has an entry and is not asked for it`
    return notes.mayBeStored(noted, later) ? `epoch ${later}, which has none, is asked for it` : undefined
  }
  const sockets = epochs.map(epoch => ({ epoch, at: 'read' as const, read: 0 }))
  return explore<Owner>({ noted: 0, sockets }, epochs.length, step, check).fault
}

describe('the note of entries in socket storage', () => {
  test.each([[[1, 2]], [[1, 2, 3]], [[3, 1, 2]], [[2, 2, 5, 1]]])(
    'of the epochs %j: no entry is missed, and a socket that comes later than their sum has no lookup to pay',
    epochs => expect(noteAll(EPOCH, epochs)).toBeUndefined(),
  )

  test('a flag that never clears makes all later sockets pay', () => {
    expect(noteAll(FLAG, [1])).toMatch(/which has none, is asked/)
  })
})
