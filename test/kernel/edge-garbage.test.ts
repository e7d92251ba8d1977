// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Family } from '../../src/base/address.ts'
import type { Protocol } from '../../src/base/protocol.ts'
import { ethernet } from '../packets/ethernet.ts'
import { fragmentsOf } from '../packets/fragment.ts'
import { icmpError } from '../packets/icmp.ts'
import { type Endpoint, udp } from '../packets/transport.ts'
import { runs } from '../runs.ts'
import { answerTo, dualService, EdgeRig, ends, inFamily, LOOPBACK, packet } from './edge-rig.ts'
import { service } from './specs.ts'
import { describeKernel } from './suite.ts'
import { pinsOf } from './traces.ts'

const GARBAGE = new URL('../../build/test/garbage', import.meta.url).pathname

/** Between two of them the flows of others are used, or the kernel would evict them: a damaged packet may begin a flow. */
const ROUNDS = 10
const ALL = ['same', 'changed', 'dropped', 'redirected']

describeKernel('damaged packets at an edge', () => {
  let rig: EdgeRig
  beforeAll(() => {
    rig = new EdgeRig(pinsOf(`bal-${process.pid}-garbage`))
    rig.serve([1, 2].map(n => dualService(service(n, n === 1 ? 'p12' : 'p22'), n === 1 ? 'TCP' : 'UDP')))
  })
  afterAll(() => rig?.close())

  /** The live flow of a client, whose own packets are not damaged, and what all of its packets look like to others. */
  const flow = (family: Family, protocol: Protocol) => {
    const at = (address: string, port: number): Endpoint => ({ address: inFamily(family, address), port })
    const from = at('192.168.50.100', 40_000)
    const to = at(protocol === 'TCP' ? '203.0.113.1' : '203.0.113.2', 80)
    const sent = rig.through(packet(protocol, from, to))
    const answered = rig.through(answerTo(sent))
    return { from, to, sent, answered }
  }

  const FLOWS = [4, 6].flatMap(family =>
    (['TCP', 'UDP'] as const).map(protocol => [family as Family, protocol] as const),
  )

  /** Packets of all kinds, of other clients. */
  function seeds(): Uint8Array[] {
    return FLOWS.flatMap(([family, protocol]) => {
      const { from, to, sent, answered } = flow(family, protocol)
      const stranger = { ...from, address: inFamily(family, '192.168.50.101') }
      const large = udp({ from: stranger, to, data: new Uint8Array(1500) })
      return [
        packet(protocol, stranger, to),
        packet(protocol, stranger, to, '.'),
        packet(protocol, stranger, { ...to, port: 81 }),
        packet(protocol, stranger, {
          address: inFamily(family, '192.168.50.1'),
          port: to.port === 80 ? 30_001 : 30_002,
        }),
        answerTo(sent),
        sent.packet,
        icmpError('portUnreachable', stranger.address, to.address, answered.packet),
        icmpError('tooBig', stranger.address, sent.parsed.from.address, sent.packet, { quote: 200 }),
        icmpError('redirect', stranger.address, sent.parsed.from.address, sent.packet),
        ...fragmentsOf(large, 800),
      ]
    })
  }

  describe.each(['arrive', 'depart'] as const)('%s', program => {
    it('lets them pass, translates them, drops or answers them, and other flows go on', () => {
      const before = FLOWS.map(([family, protocol]) => flow(family, protocol))
      const input = seeds().map(seed => Buffer.from(ethernet(seed, LOOPBACK)).toString('hex'))
      const met: Record<string, number> = {}
      for (let round = 1; round <= ROUNDS; round++) {
        const args = [rig.programs.program(program), String(runs(1_000_000 / ROUNDS)), String(round)]
        const { stdout, stderr, status } = spawnSync(GARBAGE, args, {
          input: `${input.join('\n')}\n`,
          encoding: 'utf8',
        })
        expect([status, stderr]).toEqual([0, ''])
        for (const [what, times] of Object.entries<number>(JSON.parse(stdout))) met[what] = (met[what] ?? 0) + times
        for (const [i, [, protocol]] of FLOWS.entries()) {
          const { from, to, sent } = before[i]!
          expect(ends(rig.through(packet(protocol, from, to, '.')))).toBe(ends(sent))
        }
      }
      expect(Object.keys(met).filter(what => met[what]! > 0)).toEqual(
        program === 'arrive' ? ALL : ['same', 'changed', 'dropped'],
      )
    }, 120_000)
  })
})
