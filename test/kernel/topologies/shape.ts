// SPDX-License-Identifier: Apache-2.0
import type { Address, Family } from '../../../src/base/address.ts'
import type { EdgeStatus } from '../../../src/node/edges/edge-status.ts'
import { inFamily } from '../edge-rig.ts'
import type { World } from '../world.ts'
import type { Script } from './script.ts'

/** How a CNI lays out the network of a node: n1 has the pod p12, and another node n2 has p22. The client is x1. */
export interface Shape {
  name: string
  /** Adds what is particular to it to the namespaces and the link that all have. */
  build(script: Script): void
  /** What the facts of n1 give, by ifindex. */
  edges: readonly Pick<EdgeStatus, 'device' | 'nat4' | 'nat6'>[]
  /** What p22 sees instead of the client. */
  masqueraded: Address
  /** Whether p12 sees it too under policy Cluster: packets for pods here leave by an edge as well. */
  masqueradesHere?: boolean
  /** The device by which the last router reaches each pod, and that router. */
  lastHop: Readonly<Record<'p12' | 'p22', { router: string; device: string }>>
  /** What it has of conntrack besides the rule that drops what is invalid: commands of n1, by name. */
  firewalls?: Readonly<Record<string, readonly string[]>>
  /** Whether the stack of n1 meets only the packets from the client to p12, not the answers. */
  answersPassBy?: boolean
  /** Whether pods answer by another device than the client's packets arrive by: then no device can filter strictly by reverse path. */
  isAsymmetric?: boolean
  /** Starts what must run; ends it with the standard input. */
  start?(world: World): Promise<{ end(): void }>
}

export const CLIENT = '192.168.50.100'
export const NODES = { n1: '192.168.50.1', n2: '192.168.50.2' } as const
export const PODS = { p12: '10.244.1.12', p22: '10.244.2.12' } as const

/** An edge with addresses of both families. */
export function edge(device: string, address: Address): Shape['edges'][number] {
  return { device, nat4: address, nat6: inFamily(6, address) }
}

/** As firewalls have it: what conntrack saw only one side of is dropped. */
export const INVALID_DROP = [
  'add table inet strict',
  'add counter inet strict invalid',
  ...['input', 'forward'].flatMap(hook => [
    `add chain inet strict ${hook} { type filter hook ${hook} priority 0; }`,
    `add rule inet strict ${hook} ct state invalid counter name invalid drop`,
  ]),
]

export const FAMILIES: readonly Family[] = [4, 6]
