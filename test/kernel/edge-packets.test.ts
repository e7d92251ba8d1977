// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Family } from '../../src/base/address.ts'
import type { Protocol } from '../../src/base/protocol.ts'
import { enums } from '../../src/datapath/layout.gen.ts'
import { fragmentsOf, reassemble } from '../packets/fragment.ts'
import { icmpError } from '../packets/icmp.ts'
import { NEXT, padding } from '../packets/ip.ts'
import { parsePacket } from '../packets/parse.ts'
import { type Endpoint, tcp, type Udp, udp } from '../packets/transport.ts'
import { wrongChecksums } from '../packets/verify.ts'
import { answerTo, dualService, EDGES, EdgeRig, ends, inFamily, NODE, type Passed, packet, text } from './edge-rig.ts'
import { pod, service } from './specs.ts'
import { describeKernel } from './suite.ts'
import { pinsOf } from './traces.ts'

const CASES: [Family, Protocol][] = [
  [4, 'TCP'],
  [4, 'UDP'],
  [6, 'TCP'],
  [6, 'UDP'],
]

/** After what a flow counts as over, by the flags of its last packet, and when: in units of 2^30 ns. */
const IDLE = {
  UDP: [['no datagram', '.', 180]],
  TCP: [
    ['FIN', 'F.', 120],
    ['no packet', '.', 7200],
  ],
} satisfies Record<string, [string, string, number][]>

const EXTENSIONS = [
  { type: NEXT.HOP_BY_HOP, body: padding(6) },
  { type: NEXT.DESTINATION_OPTIONS, body: padding(22) },
]
const PODS = { ...EDGES, devices: EDGES.devices.map(device => ({ ...device, pod: true })) }

describeKernel('packets at an edge', () => {
  let rig: EdgeRig
  beforeAll(() => {
    rig = new EdgeRig(`${pinsOf(`bal-${process.pid}-edge`)}`)
  })
  afterAll(() => rig?.close())
  beforeEach(() => rig.programs.forget())

  describe.each(CASES)('IPv%d, %s', (family, protocol) => {
    const at = (address: string, port: number): Endpoint => ({ address: inFamily(family, address), port })
    const client = (port = 40_000): Endpoint => at('192.168.50.100', port)
    const first = (from: Endpoint, to: Endpoint) => packet(protocol, from, to)
    const later = (from: Endpoint, to: Endpoint) => packet(protocol, from, to, '.')
    const segment = (from: Endpoint, to: Endpoint, more: Partial<Udp> = {}) =>
      protocol === 'UDP' ? udp({ from, to, ...more }) : tcp({ from, to, ...more })
    const nat = NODE[family]
    const [local, remote] = [at('10.244.1.12', 8080), at('10.244.2.12', 8080)]
    const one = (...pods: string[]) => dualService(service(1, ...pods), protocol)
    const two = (...pods: string[]) => dualService(service(2, ...pods), protocol)

    it.each([
      ['a cluster IP', at('10.96.0.1', 80)],
      ['an external IP', at('203.0.113.1', 80)],
      ['a node port', at('192.168.50.1', 30_001)],
    ])('a backend here sees the client of %s, which sees what it called', (_, to) => {
      rig.serve([one('p12')])
      const came = rig.arrive(first(client(), to))
      expect([came.verdict, ends(came)]).toEqual(['pass', `${text(client())} > ${text(local)}`])
      const left = rig.depart(answerTo(came))
      expect([left.verdict, ends(left)]).toEqual(['pass', `${text(to)} > ${text(client())}`])
    })

    it('a backend elsewhere sees the node, and its answer finds the client', () => {
      const to = at('203.0.113.1', 80)
      rig.serve([one('p22')])
      const sent = rig.through(first(client(), to))
      expect(ends(sent)).toBe(`${text(client()).replace(client().address, nat)} > ${text(remote)}`)
      const came = rig.arrive(answerTo(sent))
      expect(ends(came)).toBe(`${text(remote)} > ${text(client())}`)
      expect(ends(rig.depart(came.packet))).toBe(`${text(to)} > ${text(client())}`)
      expect(ends(rig.through(later(client(), to)))).toBe(ends(sent))
    })

    it('a client port below 32768 is masqueraded as one above', () => {
      rig.serve([one('p22')])
      const { from } = rig.through(first(client(1024), at('203.0.113.1', 80))).parsed
      expect([from.address, from.port >= 32_768]).toEqual([nat, true])
    })

    it('two clients that would have one port at the node get two', () => {
      rig.serve([one('p22')])
      const to = at('203.0.113.1', 80)
      const others = [client(), at('192.168.50.101', 40_000)].map(from => rig.through(first(from, to)))
      const ports = others.map(({ parsed }) => parsed.from.port)
      expect(new Set(ports).size).toBe(2)
      const back = others.map(sent => rig.through(answerTo(sent)).parsed.to.address)
      expect(back).toEqual([client().address, inFamily(family, '192.168.50.101')])
    })

    it.each(IDLE[protocol === 'UDP' ? 'UDP' : 'TCP'])(
      'a port at the node is free for another flow a while after %s',
      (_, flags, units) => {
        rig.serve([one('p22')])
        const to = at('203.0.113.1', 80)
        const from = (n: number) => at(`192.168.50.${n}`, 40_000)
        const portOf = (n: number) => rig.through(first(from(n), to)).parsed.from.port
        const sent = rig.through(first(from(100), to))
        expect(sent.parsed.from.port).toBe(40_000)
        rig.through(answerTo(sent, flags))
        const isReturn = ({ flags }: { flags: number }) => (flags & enums.flow_flags.FLOW_RETURN) !== 0
        const [key] = [...rig.programs.flows()].find(([, flow]) => isReturn(flow))!
        rig.programs.age(key, units - 10)
        expect(portOf(101)).not.toBe(40_000)
        rig.programs.age(key, 30)
        expect(portOf(102)).toBe(40_000)
        // The flow before gets another port, and the answers to its old one are not its.
        expect(rig.through(later(client(), to)).parsed.from.port).not.toBe(40_000)
        expect(rig.through(answerTo(sent)).parsed.to.address).toBe(from(102).address)
      },
    )

    it('policy Local keeps the client, drops without a backend here, and refuses without any', () => {
      const to = at('192.168.50.1', 30_001)
      const policy = { externalTrafficPolicy: 'Local' } as const
      rig.serve([{ ...one('p12', 'p22'), ...policy }])
      for (let port = 40_000; port < 40_006; port++)
        expect(ends(rig.through(first(client(port), to)))).toBe(`${text(client(port))} > ${text(local)}`)
      rig.programs.forget()
      rig.serve([{ ...one('p22'), ...policy }])
      expect(rig.arrive(first(client(), to)).verdict).toBe('drop')
      rig.serve([{ ...one(), ...policy }])
      expect(rig.arrive(first(client(), to)).verdict).toBe('refuse')
    })

    it('without a backend, and at a port that no Service has, the client gets port unreachable', () => {
      rig.serve([one()])
      for (const to of [at('10.96.0.1', 80), at('10.96.0.1', 81), at('203.0.113.1', 81), at('203.0.113.1', 40_000)]) {
        const { verdict, parsed } = rig.arrive(first(client(), to))
        expect([verdict, parsed.icmp?.kind, parsed.from.address]).toEqual(['refuse', 'portUnreachable', to.address])
        expect(parsed.to.address).toBe(client().address)
        expect(parsed.icmp?.quote).toMatchObject({ protocol, from: client(), to })
      }
      expect(rig.programs.flows().size).toBe(0)
    })

    it('what is none of ours leaves byte for byte as it came', () => {
      rig.serve([one('p12', 'p22')])
      rig.through(first(client(), at('203.0.113.1', 80)))
      const strangers = [
        first(client(), at('192.168.50.1', 22)),
        first(client(), at('192.168.50.1', 50_000)),
        first(client(), at('192.168.50.2', 30_001)),
        first(client(), at('10.244.1.13', 8080)),
        first(at('10.244.1.12', 8080), client(50_000)),
        first(at('192.168.50.1', 40_000), at('192.168.50.2', 6443)),
      ]
      for (const packet of strangers)
        for (const { verdict, packet: out } of [rig.arrive(packet), rig.depart(packet)])
          expect([verdict, Buffer.compare(out, packet)]).toEqual(['pass', 0])
    })

    it('source ranges admit and drop clients of a load balancer', () => {
      const loadBalancerIPs = ['198.51.100.1', '2001:db8:1::1']
      const sourceRanges = ['192.168.50.100/32', 'fd00:50::100/128']
      rig.serve([{ ...one('p12'), loadBalancerIPs, sourceRanges }])
      const to = { address: loadBalancerIPs[family === 4 ? 0 : 1]!, port: 80 }
      expect(ends(rig.arrive(first(client(), to)))).toBe(`${text(client())} > ${text(local)}`)
      expect(rig.arrive(first(at('192.168.50.101', 40_000), to)).verdict).toBe('drop')
    })

    it('with affinity a client keeps its backend over all its ports', () => {
      rig.serve([{ ...one('p11', 'p12', 'p13', 'p21', 'p22', 'p23'), affinitySeconds: 10_800 }])
      const to = at('203.0.113.1', 80)
      const backends = (from: string) =>
        new Set([1, 2, 3, 4, 5, 6].map(i => rig.arrive(first(at(from, 40_000 + i), to)).parsed.to.address))
      const chosen = Array.from({ length: 5 }, (_, i) => backends(`192.168.50.${110 + i}`))
      expect(chosen.map(set => set.size)).toEqual([1, 1, 1, 1, 1])
      expect(new Set(chosen.flatMap(set => [...set])).size).toBeGreaterThan(1)
    })

    it('without, its ports are spread', () => {
      rig.serve([one('p11', 'p12', 'p13', 'p21', 'p22', 'p23')])
      const to = at('203.0.113.1', 80)
      const ports = Array.from({ length: 30 }, (_, i) => 40_000 + i)
      expect(new Set(ports.map(port => rig.arrive(first(client(port), to)).parsed.to.address)).size).toBeGreaterThan(3)
    })

    it('within a plan every datagram is asked anew, also one whose flow began within the plan before', () => {
      const to = at('203.0.113.1', 80)
      rig.serveWithin([one('p12')])
      rig.arrive(first(client(), to))
      rig.serveWithin([one('p13')])
      const got = rig.arrive(later(client(), to)).parsed.to
      expect(text(got)).toBe(text(protocol === 'UDP' ? at('10.244.1.13', 8080) : local))
    })

    it('when its backend goes, a UDP flow moves with its next packet; a TCP connection stays', () => {
      const to = at('203.0.113.1', 80)
      rig.serve([one('p12')])
      rig.arrive(first(client(), to))
      rig.serve([one('p13')])
      const { port } = local
      const expected = protocol === 'UDP' ? at('10.244.1.13', port) : local
      expect(ends(rig.arrive(later(client(), to)))).toBe(`${text(client())} > ${text(expected)}`)
      rig.serve([one()])
      expect(rig.arrive(later(client(), to)).verdict).toBe(protocol === 'UDP' ? 'refuse' : 'pass')
    })

    if (protocol === 'TCP')
      it.each([
        ['a cluster IP', at('10.96.0.1', 80)],
        ['an external IP', at('203.0.113.1', 80)],
        ['a node port', at('192.168.50.1', 30_001)],
      ])('a connection to %s outlives its frontend, until its client begins another from that port', (_, to) => {
        rig.serve([one('p22')])
        const sent = rig.through(first(client(), to))
        rig.serve([])
        expect(ends(rig.through(later(client(), to)))).toBe(ends(sent))
        const tooLong = icmpError('tooBig', client().address, to.address, answerTo(rig.arrive(later(client(), to))))
        expect(text(rig.arrive(tooLong).parsed.to)).not.toBe(text(to))
        expect(ends(rig.through(answerTo(sent, '.')))).toBe(`${text(to)} > ${text(client())}`)
        for (const packet of [first(client(), to), later(client(), to)]) {
          const { verdict, packet: out } = rig.arrive(packet)
          expect([verdict, Buffer.compare(out, packet)]).toEqual(['pass', 0])
        }
      })

    // In a page, at its last place, and in `members`.
    it.each([3, family === 4 ? 15 : 6, 16])('a flow keeps its backend while that is in the list, now of %i', count => {
      const to = at('203.0.113.1', 80)
      const joined = Array.from({ length: count - 1 }, (_, i) => ({ ...pod('p11'), address: `10.244.1.${101 + i}` }))
      const last = { ...pod('p12'), address: '10.244.1.200' }
      const among = (...endpoints: ReturnType<typeof pod>[]) => {
        const [group] = service(1, 'p12').endpoints
        return dualService({ ...service(1), endpoints: [{ ...group!, endpoints }] }, protocol)
      }
      rig.serve([among(last)])
      const sent = ends(rig.arrive(first(client(), to)))
      const { COUNT_MOVED } = rig.programs.counts()
      rig.serve([among(...joined, last)])
      expect(ends(rig.arrive(later(client(), to)))).toBe(sent)
      expect(rig.programs.counts()).toMatchObject({ COUNT_MOVED })
      const moves = protocol === 'UDP'
      rig.serve([among(pod('p12'), ...joined)])
      expect(ends(rig.arrive(later(client(), to))) !== sent).toBe(moves)
      expect(rig.programs.counts()).toMatchObject({ COUNT_MOVED: COUNT_MOVED + (moves ? 1 : 0) })
    })

    it('two flows of one client port with one backend are kept apart', () => {
      rig.serve([one('p12'), two('p12')])
      const vips = [at('203.0.113.1', 80), at('203.0.113.2', 80)] as const
      const came = vips.map(to => rig.arrive(first(client(), to)))
      expect(came.map(({ parsed }) => text(parsed.to))).toEqual([text(local), text(local)])
      expect(came[0]!.parsed.from).toEqual(client())
      expect(came[1]!.parsed.from.port).not.toBe(client().port)
      const answers = came.map(seen => ends(rig.depart(answerTo(seen))))
      expect(answers).toEqual(vips.map(to => `${text(to)} > ${text(client())}`))
      // Each goes on as it began.
      expect(vips.map(to => ends(rig.arrive(later(client(), to))))).toEqual(came.map(ends))
    })

    it('a backend that is its own client hears from the Service', () => {
      const to = at('192.168.50.1', 30_001)
      rig.serve([{ ...one('p22'), externalTrafficPolicy: 'Cluster' }])
      const from = at('10.244.2.12', 40_000)
      const sent = rig.through(first(from, to))
      expect(ends(sent)).toBe(`${text({ address: nat, port: 40_000 })} > ${text(remote)}`)
      expect(ends(rig.through(answerTo(sent)))).toBe(`${text(to)} > ${text(from)}`)
      // From the very port that it serves at.
      const own = rig.through(first(remote, to))
      expect(own.parsed.from.address).toBe(nat)
      expect(ends(rig.through(answerTo(own)))).toBe(`${text(to)} > ${text(remote)}`)
    })

    it.each(['p12', 'p22'])('any record of a flow to %s may go: the next packet puts it back', name => {
      const to = at('203.0.113.1', 80)
      rig.serve([one(name, 'p23', 'p13')])
      const port = Array.from({ length: 40 }, (_, i) => 40_000 + i).find(port => {
        rig.programs.forget()
        return rig.arrive(first(client(port), to)).parsed.to.address.endsWith('12')
      })!
      // A packet to a backend here leaves by no edge.
      const send = (sent: Uint8Array) => (name === 'p12' ? rig.arrive(sent) : rig.through(sent))
      const sent = send(first(client(port), to))
      const keys = [...rig.programs.flows().keys()]
      expect(keys.length).toBe(name === 'p12' ? 2 : 3)
      const { COUNT_RESTORED } = rig.programs.counts()
      for (const key of keys) {
        rig.programs.evict([key])
        expect(ends(send(later(client(port), to)))).toBe(ends(sent))
        expect([...rig.programs.flows().keys()].sort()).toEqual([...keys].sort())
      }
      // Of UDP, a flow without its arrival looks like one that begins; a return is not counted.
      const counted = COUNT_RESTORED + (protocol === 'UDP' ? 1 : 2)
      expect(rig.programs.counts()).toMatchObject({ COUNT_RESTORED: counted })
      const back = name === 'p12' ? rig.depart(answerTo(sent)) : rig.through(answerTo(sent))
      expect(ends(back)).toBe(`${text(to)} > ${text(client(port))}`)
    })

    it('a client that calls the backend itself, from a port that it had with the Service, hears from the backend', () => {
      rig.serve([one('p12')])
      const left = rig.programs.left()
      rig.arrive(first(client(), at('203.0.113.1', 80)))
      expect(rig.programs.left()).toBe(left + 2)
      const direct = rig.arrive(first(client(), local))
      expect(ends(rig.depart(answerTo(direct)))).toBe(`${text(local)} > ${text(client())}`)
      expect([rig.programs.left(), rig.programs.flows().size]).toEqual([left + 1, 1])
    })

    it('options, extension headers and other lengths are no obstacle', () => {
      rig.serve([one('p22')])
      const to = at('203.0.113.1', 80)
      const header = family === 4 ? { options: new Uint8Array(8).fill(1) } : { extensions: EXTENSIONS }
      const [plain, sent] = [{}, header].map(more => rig.through(segment(client(), to, more)))
      expect(ends(sent!)).toBe(ends(plain!))
      expect(sent!.packet.length).toBe(plain!.packet.length + (family === 4 ? 8 : 32))
      const refused = rig.arrive(segment(client(), at('203.0.113.1', 81), header))
      expect([refused.verdict, refused.parsed.icmp?.kind]).toEqual(['refuse', 'portUnreachable'])
      if (family === 6) {
        const five = [...EXTENSIONS, ...EXTENSIONS, ...EXTENSIONS].slice(0, 5)
        const many = segment(client(), to, { extensions: five })
        const { verdict, packet } = rig.arrive(many)
        expect([verdict, Buffer.compare(packet, many)]).toEqual(['pass', 0])
      }
    })

    if (protocol === 'UDP' && family === 4)
      it('a datagram without checksum has none afterwards', () => {
        rig.serve([one('p22')])
        const to = at('203.0.113.1', 80)
        const { packet } = rig.through(udp({ from: client(), to, hasChecksum: false }))
        expect([packet[26], packet[27]]).toEqual([0, 0])
      })

    it('an edge has the first address of a network, as the device of Flannel', () => {
      const nats = { nat4: '10.244.1.0', nat6: 'fd00:244:1::' }
      rig.serve([one('p22')], { ...EDGES, devices: EDGES.devices.map(device => ({ ...device, ...nats })) })
      const sent = rig.through(first(client(), at('203.0.113.1', 80)))
      expect([sent.verdict, sent.parsed.from.address]).toEqual(['pass', family === 4 ? nats.nat4 : nats.nat6])
    })

    it('a device without link-layer header has programs of its own', () => {
      // The kernel reads an Ethernet header all the same: these addresses look like one for IP and for everyone.
      const from = { address: family === 4 ? '8.0.0.1' : '2001:db8:86dd::1', port: 40_000 }
      const to = at('203.0.113.1', 80)
      const sent = segment(from, to, { trafficClass: 0x10, data: new Uint8Array(40) })
      rig.serve([one('p12')])
      const came = rig.arrive(sent, 'arrive_raw')
      expect(ends(came)).toBe(`${text(from)} > ${text(local)}`)
      rig.serve([one('p22')])
      rig.programs.forget()
      const { packet: forwarded } = rig.arrive(sent, 'arrive_raw')
      expect(rig.depart(forwarded, 'depart_raw').parsed.from.address).toBe(nat)
    })

    it('a pod gets the internal list, and keeps its address unless it gets itself', () => {
      const to = at('10.96.0.1', 80)
      rig.serve([{ ...one('p12', 'p22'), externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Cluster' }], PODS)
      const from = at('10.244.1.14', 40_000)
      const seen = Array.from({ length: 24 }, (_, i) => {
        const came = rig.arrive(segment({ ...from, port: 40_000 + i }, to), 'arrive_pod')
        const answered = rig.depart(answerTo(rig.depart(came.packet, 'depart_pod')), 'depart_pod')
        expect(answered.parsed.from).toEqual(to)
        return rig.depart(came.packet, 'depart_pod').parsed
      })
      expect(new Set(seen.map(({ from }) => from.address))).toEqual(new Set([from.address]))
      expect(new Set(seen.map(({ to }) => to.address)).size).toBe(2)
      rig.serve([one('p12')], PODS)
      const own = rig.depart(rig.arrive(segment({ ...local, port: 40_100 }, to), 'arrive_pod').packet, 'depart_pod')
      expect([own.parsed.from.address, text(own.parsed.to)]).toEqual([nat, text(local)])
    })

    it('fragments go where the first goes, and those that come before it wait', () => {
      if (protocol !== 'UDP') return
      rig.serve([one('p22')])
      const to = at('203.0.113.1', 80)
      const whole = udp({ from: client(), to, data: new Uint8Array(3000).fill(7) })
      const [first, ...rest] = fragmentsOf(whole, 1400)
      expect(rest.map(piece => rig.arrive(piece).verdict)).toEqual(['again', 'again'])
      const out = [first!, ...rest.reverse()].map(piece => rig.through(piece).packet)
      expect(wrongChecksums(reassemble(out)!)).toEqual([])
      const seen = parsePacket(reassemble(out)!)!
      expect([seen.from, seen.to, seen.data.length]).toEqual([{ address: nat, port: 40_000 }, remote, 3000])
    })

    describe.each([
      ['its headers', undefined],
      ['all of it', 2000],
    ])('an ICMP error that quotes %s', (_, quote) => {
      const to = at('203.0.113.1', 80)
      const router = inFamily(family, '192.168.50.254')
      const error = (
        from: string,
        about: Uint8Array,
        kind: 'portUnreachable' | 'tooBig' | 'redirect' = 'portUnreachable',
      ) => {
        const sender = parsePacket(about)!.from.address
        return icmpError(kind, from, sender, about, { rest: kind === 'tooBig' ? 1400 : 0, ...(quote && { quote }) })
      }
      const tells = ({ verdict, parsed }: Passed) => [
        verdict,
        `${parsed.from.address} > ${parsed.to.address}`,
        `${text(parsed.icmp!.quote!.from)} > ${text(parsed.icmp!.quote!.to)}`,
      ]
      const toClient = (from: string) => ['pass', `${from} > ${client().address}`, `${text(client())} > ${text(to)}`]

      it('from a backend here, or from this node, tells the client of what it called', () => {
        rig.serve([one('p12')])
        const { packet: came } = rig.arrive(first(client(), to))
        expect(tells(rig.depart(error(local.address, came)))).toEqual(toClient(to.address))
        expect(tells(rig.depart(error(nat, came, 'tooBig')))).toEqual(toClient(nat))
        expect(rig.depart(error(nat, came, 'tooBig')).parsed.icmp).toMatchObject({ kind: 'tooBig', rest: 1400 })
      })

      it('from a backend elsewhere, or from a router, comes back through the node', () => {
        rig.serve([one('p22')])
        const { packet: sent } = rig.through(first(client(), to))
        for (const [from, seen] of [
          [remote.address, to.address],
          [router, router],
        ] as const) {
          const came = rig.arrive(error(from, sent))
          expect(tells(came)).toEqual(['pass', `${from} > ${client().address}`, `${text(client())} > ${text(remote)}`])
          expect(tells(rig.depart(came.packet))).toEqual(toClient(seen))
        }
      })

      it('about an answer reaches the backend that sent it', () => {
        rig.serve([one('p12')])
        const { packet: answered } = rig.depart(answerTo(rig.arrive(first(client(), to))))
        const about = `${text(local)} > ${text(client())}`
        for (const from of [router, client().address])
          expect(tells(rig.arrive(error(from, answered)))).toEqual(['pass', `${from} > ${local.address}`, about])
      })

      it('about the answer of a backend elsewhere does too', () => {
        rig.serve([one('p22')])
        const sent = rig.through(first(client(), to))
        const answered = rig.through(answerTo(sent)).packet
        const about = `${text(remote)} > ${text(sent.parsed.from)}`
        for (const [from, seen] of [
          [router, router],
          [client().address, nat],
        ] as const)
          expect(tells(rig.through(error(from, answered)))).toEqual(['pass', `${seen} > ${remote.address}`, about])
      })

      it('knows a client that got another port', () => {
        rig.serve([one('p12'), two('p12')])
        rig.arrive(first(client(), to))
        const other = at('203.0.113.2', 80)
        const came = rig.arrive(first(client(), other))
        const told = tells(rig.depart(error(local.address, came.packet)))
        expect(told).toEqual(['pass', `${other.address} > ${client().address}`, `${text(client())} > ${text(other)}`])
        const answered = rig.depart(answerTo(came)).packet
        expect(tells(rig.arrive(error(router, answered)))[2]).toBe(`${text(local)} > ${text(came.parsed.from)}`)
      })

      it('to send elsewhere does not leave when it is about a flow', () => {
        rig.serve([one('p22')])
        const { packet: came } = rig.arrive(first(client(), to))
        expect(rig.depart(error(nat, came, 'redirect')).verdict).toBe('drop')
        expect(rig.depart(error(nat, first(client(), at('10.244.2.13', 8080)), 'redirect')).verdict).toBe('pass')
      })

      it('about no flow, or to another than the sender of what it quotes, stays as it is', () => {
        rig.serve([one('p12')])
        const answered = rig.depart(answerTo(rig.arrive(first(client(), to)))).packet
        const others = [
          error(router, first(to, client(40_001))),
          error(local.address, first(client(40_001), local)),
          icmpError('portUnreachable', router, nat, answered),
          icmpError('portUnreachable', router, to.address, answered.subarray(0, family === 4 ? 22 : 42), { quote: 99 }),
        ]
        for (const other of others)
          for (const { verdict, packet } of [rig.arrive(other), rig.depart(other)])
            expect([verdict, Buffer.compare(packet, other)]).toEqual(['pass', 0])
      })
    })
  })
})
