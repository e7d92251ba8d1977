// SPDX-License-Identifier: Apache-2.0
import type { Address, Family } from '../../../src/base/address.ts'
import { inFamily } from '../edge-rig.ts'
import { newNamespace } from '../topology.ts'

/** One family of a network: how it writes its addresses. */
export interface InFamily {
  family: Family
  /** The length of an address: /32 or /128. */
  whole: string
  /** Of a link and of the pods of a node: /24 or /64. */
  link: string
  /** The address that stands for an IPv4 one. */
  at(address: Address): Address
}

const BOTH: readonly InFamily[] = ([4, 6] as const).map(family => ({
  family,
  whole: family === 4 ? '/32' : '/128',
  link: family === 4 ? '/24' : '/64',
  at: address => inFamily(family, address),
}))

/** The shell script that builds a network, line by line. Parties are namespaces. */
export class Script {
  readonly #lines = ['set -e']
  readonly #prefix: string

  /** `prefix` comes before every namespace name. */
  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** Makes namespaces that forward. */
  namespaces(...parties: string[]): this {
    for (const party of parties) this.#lines.push(...newNamespace(this.#prefix + party))
    return this
  }

  /** Commands of `ip` in the namespace of a party; @NAME is the namespace of another. */
  ip(party: string, ...commands: string[]): this {
    const named = commands.map(command => command.replace(/@(\w+)/g, `${this.#prefix}$1`))
    this.#lines.push(...named.map(command => `ip -n ${this.#prefix}${party} ${command}`))
    return this
  }

  /** The same for each family; an `ip address` or `ip route` knows its family by the addresses. */
  both(party: string, commands: (family: InFamily) => readonly string[]): this {
    for (const family of BOTH) this.ip(party, ...commands(family))
    return this
  }

  /** Commands of a shell in the namespace of a party. */
  run(party: string, ...commands: string[]): this {
    this.#lines.push(`ip netns exec ${this.#prefix}${party} sh -ec '${commands.join('\n')}'`)
    return this
  }

  toString(): string {
    return this.#lines.join('\n')
  }
}
