// SPDX-License-Identifier: Apache-2.0
import type { Address, Family } from '../../base/address.ts'
import { PROTOCOL_NUMBERS, type Protocol } from '../../base/protocol.ts'
import type { Port, Service } from '../spec.ts'

/** One port of a Service, which claims frontends. */
export interface Claim {
  service: Service
  port: Port
}

/** The owner of each frontend. The first claim of an address, most often the only one, needs no key. */
export class Claims {
  readonly #first = new Map<Address, Claim>()
  readonly #further = new Map<string, Claim>()
  readonly #nodePorts = new Map<number, Claim>()

  /** The owner of the claim's port at an address: the claim itself when it is the first. */
  enter(address: Address, claim: Claim): Claim {
    const first = this.#first.get(address)
    if (first === undefined) {
      this.#first.set(address, claim)
      return claim
    }
    const { port, protocol } = claim.port
    if (first.port.port === port && first.port.protocol === protocol) return first
    return enter(this.#further, `${address} ${port} ${protocol}`, claim)
  }

  /** The same for a node port of a family. */
  enterNodePort(number: number, protocol: Protocol, family: Family, claim: Claim): Claim {
    return enter(this.#nodePorts, (number * 256 + PROTOCOL_NUMBERS[protocol]) * 8 + family, claim)
  }
}

function enter<K>(claims: Map<K, Claim>, key: K, claim: Claim): Claim {
  const owner = claims.get(key)
  if (owner === undefined) claims.set(key, claim)
  return owner ?? claim
}
