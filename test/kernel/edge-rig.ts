// SPDX-License-Identifier: Apache-2.0
import { type Address, type Family, familyOf } from '../../src/base/address.ts'
import type { Protocol } from '../../src/base/protocol.ts'
import { compile } from '../../src/compile/compile.ts'
import type { Edges } from '../../src/compile/edges.ts'
import { viewpointIn } from '../../src/compile/viewpoint.ts'
import type { Service } from '../../src/spec/spec.ts'
import { ethernet, packetOf } from '../packets/ethernet.ts'
import { type Parsed, parsePacket } from '../packets/parse.ts'
import { runProgram, TC_ACT } from '../packets/run-program.ts'
import { type Endpoint, tcp, udp } from '../packets/transport.ts'
import { wrongChecksums } from '../packets/verify.ts'
import { type EdgeProgram, EdgePrograms } from './edge-programs.ts'
import { specWith } from './specs.ts'

/** The loopback device of this machine is the edge, so the kernel asks for that address. */
export const LOOPBACK = new Uint8Array(6)
export const NODE = { 4: '192.168.50.1', 6: 'fd00:50::1' } as const
export const EDGES: Edges = {
  devices: [{ device: 'lo', ifindex: 1, nat4: NODE[4], nat6: NODE[6], rawIp: false }],
  otherProxy: false,
}

/** What a hook did with a packet. */
export interface Passed {
  /** `again`: a fragment that is to arrive once more. */
  verdict: 'pass' | 'drop' | 'refuse' | 'again'
  /** The raw IP packet that goes on, or that answers. */
  packet: Uint8Array
  parsed: Parsed
}

function verdictOf(retval: number, { ip, icmp }: Parsed): Passed['verdict'] | undefined {
  if (retval === TC_ACT.REDIRECT) return ip.fragment ? 'again' : icmp && 'refuse'
  return retval === TC_ACT.UNSPEC ? 'pass' : retval === TC_ACT.SHOT ? 'drop' : undefined
}

/** The device whose packets a rig gets, in the network namespace `netns`, and its address. */
interface RigDevice {
  ifindex: number
  mac: Uint8Array<ArrayBuffer>
  netns?: string
}

/** The programs of node n1, run on one packet at a time: what one hook lets out is what the next gets. Throws when a checksum is wrong. */
export class EdgeRig {
  readonly programs: EdgePrograms
  readonly #device: RigDevice
  readonly #edges: Edges

  constructor(folder: string, object?: string, device: RigDevice = { ifindex: 1, mac: LOOPBACK }) {
    this.programs = new EdgePrograms(folder, undefined, object)
    this.#device = device
    this.#edges = { ...EDGES, devices: EDGES.devices.map(edge => ({ ...edge, ifindex: device.ifindex })) }
  }

  /** Brings the maps to what these Services need. */
  serve(services: readonly Service[], edges = this.#edges): void {
    const spec = specWith(...services)
    this.programs.write(compile(spec, viewpointIn(spec.nodes, 'n1').value!, edges).image)
  }

  /** The same within a plan: the frontends are written, and the epoch is not yet. */
  serveWithin(services: readonly Service[]): void {
    const spec = specWith(...services)
    const { image } = compile(spec, viewpointIn(spec.nodes, 'n1').value!, EDGES)
    this.programs.write({ ...image, epoch: new Map() })
  }

  arrive(packet: Uint8Array, program: EdgeProgram = 'arrive'): Passed {
    return this.#run(program, packet)
  }

  depart(packet: Uint8Array, program: EdgeProgram = 'depart'): Passed {
    return this.#run(program, packet)
  }

  /** A client's packet as the backend elsewhere gets it: through both hooks. */
  through(packet: Uint8Array): Passed {
    return this.depart(this.arrive(packet).packet)
  }

  #run(program: EdgeProgram, packet: Uint8Array): Passed {
    const sound = wrongChecksums(packet).length === 0
    const isRaw = program.endsWith('_raw')
    const input = isRaw ? packet : ethernet(packet, this.#device.mac)
    const { ifindex, netns } = this.#device
    const { retval, packet: frame } = runProgram(this.programs.program(program), input, ifindex, netns)
    const out = isRaw ? frame : packetOf(frame)
    const parsed = out && parsePacket(out)
    const verdict = parsed && verdictOf(retval, parsed)
    if (!out || !verdict) throw new Error(`${program} returned ${retval} and a frame of ${frame.length} bytes`)
    const wrong = sound ? wrongChecksums(out) : []
    if (wrong.length > 0) throw new Error(`${program} left wrong checksums: ${wrong.join(', ')}`)
    return { verdict, packet: out, parsed }
  }

  close(): void {
    this.programs.close()
  }
}

/** A packet from one end to another; `flags` are those of TCP. */
export function packet(protocol: Protocol, from: Endpoint, to: Endpoint, flags = 'S'): Uint8Array {
  const data = protocol === 'UDP' || flags === '.' ? new Uint8Array([104, 105, 10]) : new Uint8Array()
  return protocol === 'UDP' ? udp({ from, to, data }) : tcp({ from, to, flags, data })
}

/** The answer to a packet, from the end that got it. */
export function answerTo({ parsed }: Passed, flags = 'S.'): Uint8Array {
  return packet(parsed.protocol as Protocol, parsed.to, parsed.from, flags)
}

/** `10.96.0.1:80 > 10.244.1.12:8080`: the ends of a packet. */
export function ends({ parsed: { from, to } }: Passed): string {
  return `${text(from)} > ${text(to)}`
}

export function text({ address, port }: Endpoint): string {
  return familyOf(address) === 4 ? `${address}:${port}` : `[${address}]:${port}`
}

/** The address of the other family that stands for the same party in the world of specs.ts. */
export function inFamily(family: Family, address: Address): Address {
  if (family === 4) return address
  const [, , third, host] = address.split('.')
  const last = host === '0' ? '' : host
  if (address.startsWith('10.244.')) return `fd00:244:${third}::${last}`
  if (address.startsWith('10.96.')) return `fd00:96::${last}`
  if (address.startsWith('203.0.113.')) return `2001:db8::${last}`
  if (address.startsWith('192.168.')) return `fd00:${third}::${last}`
  return `fd00:50::${last}`
}

/** A Service in both families: node port 30000 + N, external IP 203.0.113.N. */
export function dualService(base: Service, protocol: Protocol, more: Partial<Service> = {}): Service {
  const number = Number(base.name.slice(1))
  const both = (address: Address) => [address, inFamily(6, address)]
  return {
    ...base,
    clusterIPs: base.clusterIPs.flatMap(both),
    externalIPs: both(`203.0.113.${number}`),
    ports: [{ name: 'http', port: 80, protocol, nodePort: 30_000 + number, except: [] }],
    endpoints: base.endpoints.map(({ ports, endpoints }) => ({
      ports,
      endpoints: endpoints.flatMap(endpoint => both(endpoint.address).map(address => ({ ...endpoint, address }))),
    })),
    ...more,
  }
}
