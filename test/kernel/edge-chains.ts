// SPDX-License-Identifier: Apache-2.0
import type { Family } from '../../src/base/address.ts'
import type { Protocol } from '../../src/base/protocol.ts'
import type { Service } from '../../src/spec/spec.ts'
import { fragmentsOf, reassemble } from '../packets/fragment.ts'
import { icmpError } from '../packets/icmp.ts'
import { parsePacket } from '../packets/parse.ts'
import { type Endpoint, udp } from '../packets/transport.ts'
import { answerTo, dualService, type EdgeRig, ends, inFamily, NODE, type Passed, packet, text } from './edge-rig.ts'
import { service } from './specs.ts'

const CASES: readonly (readonly [Family, Protocol])[] = [
  [4, 'TCP'],
  [4, 'UDP'],
  [6, 'TCP'],
  [6, 'UDP'],
]

/**
 * What comes of chains of packets through the programs of a node, a line each. The lines are the same on every kernel:
 * edge-packets.test.ts says what they should be on the one of this machine.
 */
export function runChains(rig: EdgeRig): string[] {
  return CASES.flatMap(([family, protocol]) => {
    const scene = new Scene(rig, family, protocol)
    return SCENES.flatMap(([what, play]) => {
      rig.programs.forget()
      return play(scene).map(line => `${protocol} ${family} ${what}: ${line}`)
    })
  })
}

/** The parties of a chain, in one family and protocol. */
class Scene {
  readonly rig: EdgeRig
  readonly family: Family
  readonly protocol: Protocol

  constructor(rig: EdgeRig, family: Family, protocol: Protocol) {
    this.rig = rig
    this.family = family
    this.protocol = protocol
  }

  at(address: string, port: number): Endpoint {
    return { address: inFamily(this.family, address), port }
  }

  client(port = 40_000): Endpoint {
    return this.at('192.168.50.100', port)
  }

  first(to: Endpoint, from = this.client()): Uint8Array {
    return packet(this.protocol, from, to)
  }

  later(to: Endpoint, from = this.client()): Uint8Array {
    return packet(this.protocol, from, to, '.')
  }

  serve(n: number, pods: readonly string[], more: Partial<Service> = {}): void {
    this.rig.serve([dualService(service(n, ...pods), this.protocol, more)])
  }
}

const VIP: Place = ['203.0.113.1', 80]

type Play = (scene: Scene) => string[]

const SCENES: readonly (readonly [what: string, play: Play])[] = [
  ['a backend here', s => roundTrip(s, 'p12', VIP)],
  ['a node port', s => roundTrip(s, 'p12', ['192.168.50.1', 30_001])],
  ['a backend elsewhere', s => roundTrip(s, 'p22', VIP)],
  ['refused', s => once(s, [], VIP)],
  ['an unknown port', s => once(s, ['p12'], ['10.96.0.1', 81])],
  ['dropped', s => once(s, ['p22'], ['192.168.50.1', 30_001], { externalTrafficPolicy: 'Local' })],
  ['out of range', s => once(s, ['p12'], ['203.0.113.77', 80], RANGES)],
  ['moved', moved],
  ['collision', collision],
  ['hairpin', hairpin],
  ['errors', errors],
  ['fragments', fragments],
  ['records listed', listed],
]

const RANGES = {
  loadBalancerIPs: ['203.0.113.77', '2001:db8::77'],
  sourceRanges: ['192.168.50.99/32', 'fd00:50::99/128'],
}

/** Verdict and ends of a packet; of an error, the ends of what it quotes too. */
function told(passed: Passed): string {
  const quote = passed.parsed.icmp?.quote
  return `${passed.verdict} ${ends(passed)}${quote ? ` about ${text(quote.from)} > ${text(quote.to)}` : ''}`
}

type Place = readonly [address: string, port: number]

/** What the list of flows has of a masqueraded one (enum listed_flow): arrival, pair and return. */
function listed(s: Scene): string[] {
  roundTrip(s, 'p22', VIP)
  return [[...s.rig.programs.listed()].sort((a, b) => a - b).join(' ')]
}

/** The first packet of a client. */
function once(s: Scene, pods: readonly string[], [address, port]: Place, more: Partial<Service> = {}): string[] {
  s.serve(1, pods, more)
  return [told(s.rig.arrive(s.first(s.at(address, port))))]
}

function roundTrip(s: Scene, name: string, [address, port]: Place): string[] {
  s.serve(1, [name])
  const to = s.at(address, port)
  const isHere = name === 'p12'
  const sent = isHere ? s.rig.arrive(s.first(to)) : s.rig.through(s.first(to))
  const back = isHere ? s.rig.depart(answerTo(sent)) : s.rig.through(answerTo(sent))
  const again = isHere ? s.rig.arrive(s.later(to)) : s.rig.through(s.later(to))
  return [sent, back, again].map(told)
}

function moved(s: Scene): string[] {
  return ['p12', 'p13', undefined].map(name => {
    s.serve(1, name === undefined ? [] : [name])
    return told(s.rig.arrive(name === 'p12' ? s.first(s.at(...VIP)) : s.later(s.at(...VIP))))
  })
}

function collision(s: Scene): string[] {
  const services = [1, 2].map(n => dualService(service(n, 'p12'), s.protocol))
  s.rig.serve(services)
  const came = ['203.0.113.1', '203.0.113.2'].map(address => s.rig.arrive(s.first(s.at(address, 80))))
  const ports = new Set(came.map(({ parsed }) => parsed.from.port))
  return [`${ports.size} ports`, ...came.map(seen => told(s.rig.depart(answerTo(seen))))]
}

function hairpin(s: Scene): string[] {
  s.serve(1, ['p22'])
  const sent = s.rig.through(s.first(s.at('192.168.50.1', 30_001), s.at('10.244.2.12', 40_000)))
  return [sent, s.rig.through(answerTo(sent))].map(told)
}

function errors(s: Scene): string[] {
  s.serve(1, ['p22'])
  const about = (passed: Passed, from: string) =>
    icmpError('portUnreachable', inFamily(s.family, from), parsePacket(passed.packet)!.from.address, passed.packet)
  const came = s.rig.arrive(s.first(s.at(...VIP)))
  const sent = s.rig.depart(came.packet)
  const answered = s.rig.through(answerTo(sent))
  const redirect = icmpError('redirect', NODE[s.family], came.parsed.from.address, came.packet)
  return [
    told(s.rig.through(about(sent, '10.244.2.12'))),
    told(s.rig.depart(about(came, '192.168.50.1'))),
    told(s.rig.through(about(answered, '192.168.50.254'))),
    s.rig.depart(redirect).verdict,
  ]
}

function fragments(s: Scene): string[] {
  if (s.protocol !== 'UDP') return []
  s.serve(1, ['p22'])
  const whole = udp({ from: s.client(), to: s.at(...VIP), data: new Uint8Array(3000).fill(7) })
  const pieces = fragmentsOf(whole, 1400)
  const early = s.rig.arrive(pieces[1]!)
  const out = pieces.map(piece => s.rig.through(piece).packet)
  const seen = parsePacket(reassemble(out)!)!
  return [`${early.verdict}`, `${text(seen.from)} > ${text(seen.to)} ${seen.data.length} bytes`]
}
