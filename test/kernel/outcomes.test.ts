// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from 'vitest'
import { lookup } from '../../src/datapath/lookup.ts'
import { compileAt } from '../build/compile.ts'
import {
  type Expected,
  nameOfAddress,
  Reading,
  type Outcome as Recorded,
  readOutcomes,
  recordedSpec,
} from '../outcomes.ts'
import { apply } from './balancing.ts'
import { type Call, dialledBy, type Outcome } from './dial.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

/** Enough that a list of ten backends misses one of them in less than one run in 10⁸. */
const TRIES = 256

const spec = recordedSpec()
const image = compileAt(spec, 'n1').image
const rows = readOutcomes()
const reading = new Reading(rows, spec)
type Place = 'p11' | 'n1'

/** The world in which the real kube-proxy was recorded, our programs in it, the same dials. */
describeKernel('sockets meet what they met under kube-proxy', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
    await apply(world, spec)
  })
  afterAll(() => world?.close())

  for (const from of ['p11', 'n1'] as const) {
    it(`${rows.length} rows from ${from}`, () => expectRows(from, rows))

    it(`and by datagrams of unconnected sockets from ${from}`, async () => {
      const udp = rows.filter(row => row.mode === 'udp')
      await expectRows(from, udp, { mode: 'sendto' })
    })

    it(`and from a dual-stack socket of ${from} that dials IPv4-mapped addresses`, async () => {
      const v4 = rows.filter(row => !row.addr.includes(':'))
      await expectRows(from, v4, { family: 46 })
    })
  }

  async function expectRows(from: Place, some: Recorded[], way: Partial<Call> = {}): Promise<void> {
    const calls = some.map(row => ({ ...callOf(row, from), ...way }))
    const outcomes = await world.dial(from, calls)
    expect(some.flatMap((row, i) => problem(row, from, outcomes[i]!))).toEqual([])
    // Whoever answered was shown as what was dialled.
    const shown = outcomes.filter(o => !isEmpty(o.identities)).map(o => [o.id, Object.keys(o.peers).join()])
    expect(shown).toEqual(shown.map(([id]) => [id, dialledBy(calls[Number(id)]!)]))
  }
})

function callOf(row: Recorded, from: Place): Call {
  const { addr, port, mode } = row
  // Where nobody answers, every try waits for its time-out.
  const tries = typeof reading.expected(row, from) === 'string' ? 4 : TRIES
  return { family: addr.includes(':') ? 6 : 4, mode, address: addr, port, tries, timeoutMs: 1000 }
}

function isEmpty(counts: Record<string, number>): boolean {
  return Object.keys(counts).length === 0
}

/** What is wrong about a row, in words. */
function problem(row: Recorded, from: Place, { identities, errors }: Outcome): string[] {
  const expected = reading.expected(row, from)
  const answered = Object.keys(identities).sort()
  const failed = Object.keys(errors)
  if (isMet(row, expected, answered, failed)) return []
  const got = `${JSON.stringify(identities)} ${JSON.stringify(errors)}`
  return [`${row.service} ${row.kind} ${row.addr}:${row.port}/${row.mode}: not ${JSON.stringify(expected)}, but ${got}`]
}

function allowed({ addr, port, mode }: Recorded): string[] {
  const verdict = lookup(image, { address: addr, port, protocol: mode === 'tcp' ? 'TCP' : 'UDP' })
  return verdict.kind === 'forward' ? verdict.backends.map(b => `${nameOfAddress(b.address)}:${b.port}`) : []
}

function isMet(row: Recorded, expected: Expected, answered: string[], failed: string[]): boolean {
  if (expected === 'dropped') return answered.length === 0 && failed.join() === 'ETIMEDOUT'
  // Nobody lives at these addresses and no other node has a proxy here: left alone is left without an answer.
  if (expected === 'untouched' || expected === 'left to n2')
    return answered.length === 0 && !failed.includes('EHOSTUNREACH')
  if ('errno' in expected) return answered.length === 0 && failed.join() === expected.errno
  // Under affinity the recording saw one backend, and this client has one, out of the same list (the twin's).
  const seen = expected.all
    ? answered.join() === expected.answers.join()
    : answered.length === 1 && allowed(row).includes(answered[0]!)
  return seen && failed.length === 0
}
