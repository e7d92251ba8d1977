// SPDX-License-Identifier: Apache-2.0
import { serviceKey } from '../spec/name.ts'
import { byPrecedence, type Claim, isLostTo } from './claims.ts'

/** Which Service owns what several claim. A change costs as much as the claims that change. */
export class Ownership {
  /** By key, the owner first. */
  readonly #claims = new Map<string, Claim[]>()
  readonly #byService = new Map<string, readonly Claim[]>()

  /** The claim that owns a key; undefined where there is no claim. */
  ownerOf(key: string): Claim | undefined {
    return this.#claims.get(key)?.[0]
  }

  /** The claims of a Service (`namespace/name`) that another claim wins. */
  lostBy(service: string): Claim[] {
    return (this.#byService.get(service) ?? []).filter(claim => isLostTo(claim, this.ownerOf(claim.key)!))
  }

  /**
   * Gives Services other claims, none if they are gone. Returns the Services that may have won or lost claims: those in
   * `changes`, and the others that claim something whose owner is another claim now.
   */
  replace(changes: ReadonlyMap<string, readonly Claim[]>): Set<string> {
    const owners = new Map<string, Claim>()
    for (const [name, claims] of changes) {
      for (const claim of this.#byService.get(name) ?? []) this.#remove(claim, owners)
      if (claims.length === 0) this.#byService.delete(name)
      else this.#byService.set(name, claims)
    }
    for (const claims of changes.values()) for (const claim of claims) this.#add(claim, owners)
    const affected = new Set(changes.keys())
    for (const [key, before] of owners) {
      const claims = this.#claims.get(key) ?? []
      if (claims[0] === before) continue
      for (const { candidate } of claims) affected.add(serviceKey(candidate.spec))
    }
    return affected
  }

  /** Notes in `owners` which claim owned the key before. */
  #remove(claim: Claim, owners: Map<string, Claim>): void {
    const claims = this.#claims.get(claim.key)!
    if (!owners.has(claim.key)) owners.set(claim.key, claims[0]!)
    if (claims.length === 1) this.#claims.delete(claim.key)
    else claims.splice(claims.indexOf(claim), 1)
  }

  /** A key that no Service claimed before needs no note: all its claims are in the change. */
  #add(claim: Claim, owners: Map<string, Claim>): void {
    const claims = this.#claims.get(claim.key)
    if (!claims) return void this.#claims.set(claim.key, [claim])
    if (!owners.has(claim.key)) owners.set(claim.key, claims[0]!)
    claims.splice(placeOf(claim, claims), 0, claim)
  }
}

/** Where a claim belongs among sorted ones: after those that it does not precede. */
function placeOf(claim: Claim, claims: readonly Claim[]): number {
  let [low, high] = [0, claims.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (byPrecedence(claim, claims[middle]!) < 0) high = middle
    else low = middle + 1
  }
  return low
}
