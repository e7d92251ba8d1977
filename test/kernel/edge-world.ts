// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { type Family, familyOf } from '../../src/base/address.ts'
import { compile } from '../../src/compile/compile.ts'
import type { Edge, Edges } from '../../src/compile/edges.ts'
import { viewpointIn } from '../../src/compile/viewpoint.ts'
import type { Service } from '../../src/spec/spec.ts'
import { EdgePrograms } from './edge-programs.ts'
import { inFamily } from './edge-rig.ts'
import { type Peer, startEcho } from './peers.ts'
import { specWith } from './specs.ts'
import { STANDARD } from './topology.ts'
import type { World } from './world.ts'

/** Where `tc` has our programs. */
const PLACE = ['pref', '49152', 'handle', '1']

/** A node of a world whose device eth0 is an edge. */
export class EdgeNode {
  readonly programs: EdgePrograms
  readonly #world: World
  readonly #name: string
  readonly #edges: Edges

  constructor(world: World, name: string) {
    this.#world = world
    this.#name = name
    this.programs = new EdgePrograms(`${world.pins}/${name}`)
    const { v4, v6 } = STANDARD.nodes.find(node => node.name === name)!
    const ifindex = Number(this.run('cat', '/sys/class/net/eth0/ifindex'))
    const edge: Edge = { device: 'eth0', ifindex, nat4: v4, nat6: v6, rawIp: false }
    this.#edges = { devices: [edge], otherProxy: false }
    tc(world, name, 'qdisc', 'add', 'dev', 'eth0', 'clsact')
    for (const [hook, program] of [
      ['egress', 'depart'],
      ['ingress', 'arrive'],
    ] as const)
      tc(
        world,
        name,
        'filter',
        'add',
        'dev',
        'eth0',
        hook,
        ...PLACE,
        'bpf',
        'direct-action',
        'object-pinned',
        this.programs.program(program),
      )
  }

  serve(...services: Service[]): void {
    const spec = specWith(...services)
    this.programs.write(compile(spec, viewpointIn(spec.nodes, this.#name).value!, this.#edges).image)
  }

  /** Runs a command in the node's network namespace, with a /sys of that. */
  run(...command: string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.#world.netns(this.#name), ...command], { encoding: 'utf8' }).trim()
  }
}

/** In the network namespace, and not with `ip netns exec`, which hides the pins below a /sys of its own. */
function tc(world: World, party: string, ...args: string[]): void {
  execFileSync('nsenter', [`--net=/run/netns/${world.netns(party)}`, 'tc', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Packets with whole checksums: those that a device is to fill in hide what is wrong with ours. */
export function withoutOffload(world: World): void {
  for (const party of ['n1', 'n2', 'n3', 'x1', 'p11', 'p12', 'p13', 'p14'])
    execFileSync('ip', ['netns', 'exec', world.netns(party), 'ethtool', '-K', 'eth0', 'tx', 'off'], { stdio: 'ignore' })
}

/** Where a node sends what is not for the cluster. */
export function routeOutside(world: World, node: string, ...families: Family[]): void {
  const { v4, v6 } = STANDARD.outside[0]!
  const wanted = families.length === 0 ? [4, 6] : families
  for (const via of [v4, v6].filter(address => wanted.includes(familyOf(address))))
    execFileSync('ip', ['-n', world.netns(node), 'route', 'add', 'default', 'via', via])
}

/** The outside reaches the addresses of Services through these nodes. */
export function routeServices(world: World, from: string, node: string): void {
  const { v4, v6 } = STANDARD.nodes.find(({ name }) => name === node)!
  for (const [range, via] of [
    ['10.96.0.0/16', v4],
    ['203.0.113.0/24', v4],
    ['198.51.100.0/24', v4],
    ['fd00:96::/64', v6],
    ['2001:db8::/32', v6],
  ] as const)
    execFileSync('ip', ['-n', world.netns(from), 'route', 'replace', range, 'via', via])
}

/** Where what a test starts itself listens, beside the servers of the world. */
export const ECHO_PORT = 9000

/** Starts echoes of both families at ECHO_PORT: for each address, in the namespace that has it. */
export async function startEchoes(
  world: World,
  ...places: (readonly [party: string, address: string])[]
): Promise<Peer[]> {
  const peers: Peer[] = []
  for (const [party, address] of places)
    for (const family of [4, 6] as const)
      peers.push(await startEcho(world, party, inFamily(family, address), ECHO_PORT))
  return peers
}

/** The Service, whose backends listen at this port. */
export function atPort(port: number, base: Service): Service {
  const ports = [{ name: 'http', number: port }]
  return { ...base, endpoints: base.endpoints.map(group => ({ ...group, ports })) }
}
