// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { LookupVerdict } from '../../src/datapath/dial.ts'
import { lookup } from '../../src/datapath/lookup.ts'
import { compileAt } from '../build/compile.ts'
import { nameOfAddress, type Outcome as Recorded, readOutcomes, recordedSpec } from '../outcomes.ts'
import { apply } from './balancing.ts'
import { type Call, dialledBy, type Outcome } from './dial.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

/** Enough that a list of ten backends misses one of them in less than one run in 10⁸. */
const TRIES = 256

const spec = recordedSpec()
const { image } = compileAt(spec, null)
const rows = readOutcomes()

/** x1, which has routes to pods and no proxy but ours: what the twin says of each row, by sockets. */
describeKernel('a host outside the cluster', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
    await apply(world, spec, '--external')
  })
  afterAll(() => world?.close())

  const udp = rows.filter(row => row.mode === 'udp')
  const v4 = rows.filter(row => !row.addr.includes(':'))
  it.each<[string, Recorded[], Partial<Call>]>([
    ['rows', rows, {}],
    ['rows by datagrams of unconnected sockets', udp, { mode: 'sendto' }],
    ['rows from a dual-stack socket that dials IPv4-mapped addresses', v4, { family: 46 }],
  ])('dials %s', async (_, some, way) => {
    const calls = some.map(row => ({ ...callOf(row), ...way }))
    const outcomes = await world.dial('x1', calls)
    expect(some.flatMap((row, i) => problem(row, calls[i]!, outcomes[i]!))).toEqual([])
  })
})

function verdictOn(row: Recorded): LookupVerdict {
  const source = row.addr.includes(':') ? 'fd00:50::100' : '192.168.50.100'
  const protocol = row.mode === 'tcp' ? 'TCP' : 'UDP'
  return lookup(image, { address: row.addr, port: row.port, protocol, client: { isInHostNetns: true, source } })
}

function callOf(row: Recorded): Call {
  const { addr, port, mode } = row
  const tries = verdictOn(row).kind === 'pass' ? 4 : TRIES
  return { family: addr.includes(':') ? 6 : 4, mode, address: addr, port, tries, timeoutMs: 1000 }
}

/** What is wrong about a row, in words. */
function problem(row: Recorded, call: Call, { identities, errors, peers }: Outcome): string[] {
  const verdict = verdictOn(row)
  const answered = Object.keys(identities).sort().join()
  const failed = Object.keys(errors).join()
  const told = `${answered} ${failed} ${Object.keys(peers).join()}`
  const fits = {
    // Nobody lives at these addresses, and nothing of ours made it fail.
    pass: answered === '' && failed !== '' && failed !== 'EHOSTUNREACH',
    drop: answered === '' && failed === 'ETIMEDOUT',
    refuse: told === ` ${verdict.kind === 'refuse' ? verdict.errno : ''} `,
    forward: told === `${answered}  ${dialledBy(call)}` && areAll(identities, verdict, row),
  }[verdict.kind]
  return fits
    ? []
    : [`${row.service} ${row.kind} ${row.addr}:${row.port}/${row.mode}: not ${verdict.kind}, but ${told}`]
}

/** Under affinity the host has one of the list. */
function areAll(identities: Record<string, number>, verdict: LookupVerdict, row: Recorded): boolean {
  const backends = verdict.kind === 'forward' ? verdict.backends : []
  const all = backends.map(b => `${nameOfAddress(b.address)}:${b.port}`)
  const seen = Object.keys(identities)
  const sticky = spec.services.find(s => `${s.namespace}/${s.name}` === row.service)!.affinitySeconds
  return seen.every(who => all.includes(who)) && seen.length === (sticky ? 1 : all.length)
}
