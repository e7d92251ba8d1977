// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Family } from '../../src/base/address.ts'
import type { Protocol } from '../../src/base/protocol.ts'
import { setU16, u16 } from '../packets/bytes.ts'
import { checksum } from '../packets/checksum.ts'
import { ethernet, packetOf, tagged } from '../packets/ethernet.ts'
import { fragmentsOf } from '../packets/fragment.ts'
import { NEXT, padding } from '../packets/ip.ts'
import { runXdp, XDP } from '../packets/run-xdp.ts'
import { type Endpoint, tcp, udp } from '../packets/transport.ts'
import { wrongChecksums } from '../packets/verify.ts'
import { type Arm, makeArm, NODE_MAC, OUTSIDE_MAC, within } from './arm.ts'
import { answerTo, dualService, EdgeRig, inFamily, packet } from './edge-rig.ts'
import { service } from './specs.ts'
import { describeKernel } from './suite.ts'
import { pinsOf, removeTraces } from './traces.ts'

const CASES: [Family, Protocol][] = [
  [4, 'TCP'],
  [4, 'UDP'],
  [6, 'TCP'],
  [6, 'UDP'],
]
const ID = `bal-${process.pid}-0`

describeKernel('XDP does to a packet what both tc programs and forwarding do, or nothing', () => {
  let rig: EdgeRig
  let arm: Arm
  beforeAll(() => {
    arm = makeArm(ID, 'express')
    rig = new EdgeRig(pinsOf(ID), undefined, { ifindex: arm.nodeIndex, mac: NODE_MAC, netns: arm.node })
  })
  afterAll(() => {
    rig?.close()
    removeTraces(ID)
  })
  beforeEach(() => rig.programs.forget())

  const express = (frame: Uint8Array, { programs } = rig) =>
    runXdp(programs.program('express'), frame, arm.nodeIndex, arm.node)
  const framed = (raw: Uint8Array) => ethernet(raw, NODE_MAC, OUTSIDE_MAC)

  /** XDP takes the packet, and makes of it what the hooks and the kernel between them do. */
  function expectSame(raw: Uint8Array): void {
    const { retval, packet: frame } = express(framed(raw))
    const expected = ethernet(oneHopOn(rig.through(raw).packet), OUTSIDE_MAC, NODE_MAC)
    expect({ retval, frame: hex(frame) }).toEqual({ retval: XDP.TX, frame: hex(expected) })
    expect(wrongChecksums(packetOf(frame)!)).toEqual(wrongChecksums(raw))
  }

  /** XDP leaves the frame to the kernel, as it came. */
  function expectPassed(frame: Uint8Array): void {
    const { retval, packet } = express(frame)
    expect({ retval, frame: hex(packet) }).toEqual({ retval: XDP.PASS, frame: hex(frame) })
  }

  describe.each(CASES)('IPv%d, %s', (family, protocol) => {
    const at = (address: string, port: number): Endpoint => ({ address: inFamily(family, address), port })
    const client = (port = 40_000): Endpoint => at('192.168.50.100', port)
    const to = at('203.0.113.1', 80)
    const first = (from: Endpoint, to: Endpoint) => packet(protocol, from, to)
    const later = (from: Endpoint, to: Endpoint) => packet(protocol, from, to, '.')
    const one = (...pods: string[]) => dualService(service(1, ...pods), protocol)
    const two = (...pods: string[]) => dualService(service(2, ...pods), protocol)
    const serve = () => rig.serve([one('p22')])

    it('a flow that tc has made, both ways, and every packet again', () => {
      serve()
      for (const port of [40_000, 1024, 65_535]) {
        expectPassed(framed(later(client(port), to)))
        const sent = rig.through(first(client(port), to))
        for (let i = 0; i < 2; i++) {
          expectSame(later(client(port), to))
          expectSame(answerTo(sent, '.'))
        }
      }
    })

    it('a node port, and a client that got another port, because it calls one backend by two names', () => {
      rig.serve([one('p22'), two('p22')])
      for (const called of [to, at('192.168.50.1', 30_001), at('203.0.113.2', 80), at('10.96.0.2', 80)]) {
        const sent = rig.through(first(client(), called))
        expectSame(later(client(), called))
        expectSame(answerTo(sent, '.'))
      }
    })

    it('many flows of many clients, whatever their data', () => {
      serve()
      for (let i = 0; i < 12; i++) {
        const from = at(`192.168.50.${110 + i}`, 2_000 + i * 5_000)
        const sent = rig.through(first(from, to))
        const data = new Uint8Array(i * 7).fill(i * 21)
        expectSame(protocol === 'UDP' ? udp({ from, to, data }) : tcp({ from, to, flags: 'P.', data }))
        expectSame(answerTo(sent, '.'))
      }
    })

    it.each(['arrival', 'pair', 'return'])(
      'nothing, once the %s record is gone and what was made of it is cold',
      which => {
        serve()
        rig.through(first(client(), to))
        const records = [...rig.programs.flows()].filter(([, flow]) => kindOf(flow) === which)
        expect(records).toHaveLength(1)
        rig.programs.evict(records.map(([key]) => key))
        expectPassed(framed(later(client(), to)))
        rig.through(later(client(), to))
        if (protocol === 'UDP' || which !== 'arrival') expectSame(later(client(), to))
      },
    )

    it('nothing that begins, ends or resets a connection', () => {
      serve()
      rig.through(first(client(), to))
      expectSame(later(client(), to))
      if (protocol === 'TCP')
        for (const flags of ['S', 'S.', 'F.', 'R', 'R.', 'FP.'])
          expectPassed(framed(tcp({ from: client(), to, flags })))
    })

    it('nothing of odd form', () => {
      serve()
      rig.through(first(client(), to))
      expectSame(later(client(), to))
      const make = (fields: object) =>
        protocol === 'UDP' ? udp({ from: client(), to, ...fields }) : tcp({ from: client(), to, flags: '.', ...fields })
      const odd = [
        make({ hops: 1 }),
        make({ hops: 0 }),
        ...fragmentsOf(make({ data: new Uint8Array(2000) }), 1400),
        family === 4
          ? make({ options: Uint8Array.from([1, 1, 1, 0]) })
          : make({ extensions: [{ type: NEXT.DESTINATION_OPTIONS, body: padding(6) }] }),
        longer(later(client(), to), family),
        later(client(), to).subarray(0, family === 4 ? 26 : 46),
        first(client(), at('203.0.113.7', 80)),
        later(client(), at('203.0.113.1', 81)),
      ]
      for (const raw of odd) expectPassed(framed(raw))
      expectPassed(tagged(framed(later(client(), to)), 5))
      expectPassed(ethernet(later(client(), to), Uint8Array.from([2, 0, 0, 0, 0, 3]), OUTSIDE_MAC))
      expectPassed(ethernet(later(client(), to), new Uint8Array(6).fill(0xff), OUTSIDE_MAC))
    })

    it('nothing that is too long, leads elsewhere, or to a neighbor that is not known', () => {
      serve()
      rig.through(first(client(), to))
      const raw = later(client(), to)
      const ip = (...args: string[]) => within(arm.node, 'ip', [...(family === 6 ? ['-6'] : []), ...args])
      const prefix = family === 4 ? '10.244.2.0/24' : 'fd00:244:2::/64'
      const via = family === 4 ? '10.77.0.2' : 'fd00:77::2'
      for (const route of [['dev', 'lo'], ['via', family === 4 ? '10.77.0.9' : 'fd00:77::9'], ['unreachable']]) {
        const words = route[0] === 'unreachable' ? ['unreachable', prefix] : [prefix, ...route]
        ip('route', 'add', ...words)
        expectPassed(framed(raw))
        ip('route', 'del', ...words)
      }
      ip('route', 'add', prefix, 'via', via, 'mtu', 'lock', '1300')
      const long = (bytes: number) => {
        const data = new Uint8Array(bytes)
        return protocol === 'UDP' ? udp({ from: client(), to, data }) : tcp({ from: client(), to, flags: '.', data })
      }
      expectPassed(framed(long(1300)))
      expectSame(long(1000))
      expectPassed(framed(long(1300)))
      ip('route', 'del', prefix)
    })

    it('a flow of UDP moves with its backend: XDP waits for tc after every change', () => {
      serve()
      rig.through(first(client(), to))
      expectSame(later(client(), to))
      rig.serve([one('p32')])
      if (protocol === 'TCP') return expectSame(later(client(), to))
      expectPassed(framed(later(client(), to)))
      expect(rig.through(later(client(), to)).parsed.to.address).toBe(inFamily(family, '10.244.3.12'))
      expectSame(later(client(), to))
    })

    it('a new connection from the same port is not sent to the backend of the old one', () => {
      serve()
      rig.through(first(client(), to))
      expectSame(later(client(), to))
      rig.serve([one('p32')])
      const sent = rig.through(first(client(), to))
      expect(sent.parsed.to.address).toBe(inFamily(family, '10.244.3.12'))
      expectSame(later(client(), to))
      expectSame(answerTo(sent, '.'))
    })

    it('a source that is not masqueraded is kept, and a new connection leads to its own backend', () => {
      const called = at('192.168.50.1', 30_001)
      for (const pod of ['p12', 'p13']) {
        rig.serve([{ ...one(pod), externalTrafficPolicy: 'Local' }])
        rig.through(first(client(), called))
        expectSame(later(client(), called))
      }
    })
  })

  it('no answer that came by another device than the packets of its client: tc may send it back there', () => {
    const other = new EdgeRig(`${pinsOf(ID)}-other`)
    try {
      other.serve([dualService(service(1, 'p22'), 'TCP')])
      const ends = [
        { address: '192.168.50.100', port: 40_000 },
        { address: '203.0.113.1', port: 80 },
      ] as const
      const sent = other.through(packet('TCP', ...ends))
      expect(express(framed(packet('TCP', ...ends, '.')), other).retval).toBe(XDP.TX)
      expect(express(framed(answerTo(sent, '.')), other).retval).toBe(XDP.PASS)
    } finally {
      other.close()
    }
  })

  it('a UDP checksum of zero stays zero, and none becomes zero', () => {
    rig.serve([dualService(service(1, 'p22'), 'UDP')])
    const [from, to] = [
      { address: '192.168.50.100', port: 40_000 },
      { address: '203.0.113.1', port: 80 },
    ]
    rig.through(udp({ from, to }))
    expectSame(udp({ from, to, hasChecksum: false }))
    const probe = rig.through(udp({ from, to, data: Uint8Array.from([0, 0]) })).packet
    // These two bytes make the checksum of what is sent 0xffff, the other form of zero.
    const data = Uint8Array.from([probe[26]!, probe[27]!])
    expect(u16(rig.through(udp({ from, to, data })).packet, 26)).toBe(0xffff)
    expectSame(udp({ from, to, data }))
  })
})

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function kindOf(flow: { from: string; from_port: number; block: bigint }): string {
  if (flow.block !== 0n) return 'arrival'
  return flow.from_port === 0 ? 'return' : 'pair'
}

/** A packet as the kernel forwards it. */
function oneHopOn(raw: Uint8Array): Uint8Array {
  const out = Uint8Array.from(raw)
  if (out[0]! >> 4 === 6) {
    out[7]! -= 1
    return out
  }
  out[8]! -= 1
  setU16(out, 10, 0)
  setU16(out, 10, checksum(out.subarray(0, 20)))
  return out
}

/** A packet that says to be longer than it is. */
function longer(raw: Uint8Array, family: Family): Uint8Array {
  const out = Uint8Array.from(raw)
  const at = family === 4 ? 2 : 4
  setU16(out, at, u16(out, at) + 20)
  if (family === 6) return out
  setU16(out, 10, 0)
  setU16(out, 10, checksum(out.subarray(0, 20)))
  return out
}
