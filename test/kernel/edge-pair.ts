// SPDX-License-Identifier: Apache-2.0
import { expect } from 'vitest'
import type { Backend } from '../../src/datapath/backend.ts'
import type { Image } from '../../src/datapath/image.ts'
import { arrive } from '../../src/datapath/packet/arrive.ts'
import type { Choices, PacketContext } from '../../src/datapath/packet/context.ts'
import { depart } from '../../src/datapath/packet/depart.ts'
import { isSameEndpoint, type Packet, type Tuple } from '../../src/datapath/packet/packet.ts'
import { NO_PACKET_STATE } from '../../src/datapath/packet/state.ts'
import { ethernet, packetOf } from '../packets/ethernet.ts'
import { runProgram, TC_ACT } from '../packets/run-program.ts'
import { isHere } from '../packets/site.ts'
import { rewritten, twinPacketOf, withoutChecksums } from '../packets/twin-packet.ts'
import { wrongChecksums } from '../packets/verify.ts'
import type { EdgePrograms } from './edge-programs.ts'

/** The loopback device, which every network namespace has. Its address is zero, and a frame for it is for this host. */
const IFINDEX = 1
const LOOPBACK_MAC = new Uint8Array(6)

type Hook = 'arrive' | 'depart'

/**
 * The programs and their twin, each with a state of its own, through the same packets. After each they must have come to
 * the same; only where the programs hash, the twin takes what they chose, if that is one of its candidates.
 */
export class TwinPair {
  readonly #programs: EdgePrograms
  #image: Image
  #state = NO_PACKET_STATE
  readonly #isPod: boolean
  /** `arrive pass`, …: what was met. */
  readonly verdicts = new Set<string>()

  /** `isPod`: the image has the device as that of a pod. */
  constructor(programs: EdgePrograms, image: Image, isPod = false) {
    this.#programs = programs
    this.#image = image
    this.#isPod = isPod
  }

  apply(image: Image): void {
    this.#programs.write(image)
    this.#image = image
  }

  forget(): void {
    this.#programs.forget()
    this.#state = NO_PACKET_STATE
  }

  /** A packet from outside, and where its destination is not on the node, out again. Undefined: it went nowhere. */
  fromOutside(bytes: Uint8Array): Uint8Array | undefined {
    const arrived = this.run('arrive', bytes)
    if (!arrived.isTranslated) return undefined
    const { packet } = arrived
    return isHere(destinationOf(twinPacketOf(packet))) ? packet : this.depart(packet)
  }

  depart(bytes: Uint8Array): Uint8Array | undefined {
    const left = this.run('depart', bytes)
    return left.isStopped ? undefined : left.packet
  }

  /** Runs both on a raw IP packet, and holds one to the other. */
  run(hook: Hook, bytes: Uint8Array): { packet: Uint8Array; isTranslated: boolean; isStopped: boolean } {
    const program = this.#isPod ? (`${hook}_pod` as const) : hook
    const ran = runProgram(this.#programs.program(program), ethernet(bytes, LOOPBACK_MAC), IFINDEX)
    const packet = packetOf(ran.packet)!
    const given = twinPacketOf(bytes)
    const context = this.#contextFor(given, twinPacketOf(packet))
    const told = (hook === 'arrive' ? arrive : depart)(context, this.#state, given)
    const about = `${hook} ${JSON.stringify(given)}: the twin says ${told.verdict}, the program ${JSON.stringify(twinPacketOf(packet))}`
    this.#state = told.state
    this.verdicts.add(`${hook} ${told.verdict}`)
    expect(ran.retval, about).toBe(RETURNED[told.verdict])
    expect(wrongChecksums(packet), about).toEqual([])
    if (told.verdict === 'translate') expect(withoutChecksums(packet), about).toEqual(rewritten(bytes, told.packet))
    if (told.verdict === 'pass') expect(packet, about).toEqual(Buffer.from(bytes))
    if (told.verdict === 'refuse') expectRefusal(packet, bytes)
    return {
      packet,
      isTranslated: told.verdict === 'translate',
      isStopped: told.verdict === 'drop' || told.verdict === 'refuse',
    }
  }

  /** A twin that chooses what the programs chose. What they did not send on had a backend that the client has no pair with. */
  #contextFor(given: Packet, chosen: Packet): PacketContext {
    const choices: Choices = {
      backend: (tuple, _block, list) => {
        const backend = list.find(candidate => isDestination(candidate, chosen))
        if (backend) return backend
        const isSentOn = JSON.stringify(given) !== JSON.stringify(chosen) && chosen.kind === 'segment'
        if (isSentOn) throw new Error(`${JSON.stringify(chosen)} is to none of ${JSON.stringify(list)}`)
        return list.find(candidate => !this.#hasPair(tuple, candidate)) ?? list[0]!
      },
      clientPort: () => portOf(chosen),
      natPort: () => portOf(chosen),
    }
    // In a test run every packet has a socket.
    const node = { hasAddress: () => false, hasSocket: () => false, sends: () => true }
    return { image: this.#image, ifindex: IFINDEX, now: 0n, choices, node }
  }

  #hasPair({ protocol, source }: Tuple, backend: Backend): boolean {
    return [...this.#state.flows.pairs].some(
      ([key, pair]) =>
        key.startsWith(protocol) &&
        isSameEndpoint(pair.backend, backend) &&
        isSameEndpoint({ ...pair.client, port: pair.ownPort }, source),
    )
  }

  tupleOf(bytes: Uint8Array): Tuple | undefined {
    const packet = twinPacketOf(bytes)
    if (packet.kind !== 'segment') return undefined
    const { protocol, source, destination } = packet
    return { protocol, source, destination }
  }
}

const RETURNED = { pass: TC_ACT.UNSPEC, translate: TC_ACT.UNSPEC, drop: TC_ACT.SHOT, refuse: TC_ACT.REDIRECT } as const

/** Port unreachable, from where the packet was sent to, quoting it. */
function expectRefusal(answer: Uint8Array, bytes: Uint8Array): void {
  const sent = twinPacketOf(bytes)
  const refusal = twinPacketOf(answer)
  if (sent.kind !== 'segment') throw new Error('only segments are refused')
  const { protocol, source, destination } = sent
  expect(refusal).toEqual({
    kind: 'error',
    source: destination.address,
    destination: source.address,
    about: { protocol, source, destination },
    isRedirect: false,
  })
}

function isDestination({ address, port }: Backend, packet: Packet): boolean {
  if (packet.kind === 'segment') return packet.destination.address === address && packet.destination.port === port
  return packet.kind === 'fragment' && packet.destination === address
}

function portOf(packet: Packet): number {
  return packet.kind === 'segment' ? packet.source.port : 0
}

function destinationOf(packet: Packet): string {
  if (packet.kind === 'other') throw new Error('no address')
  return typeof packet.destination === 'string' ? packet.destination : packet.destination.address
}
