// SPDX-License-Identifier: Apache-2.0
import { type Family, familyOf } from '../base/address.ts'
import { foldPort } from '../datapath/filter.ts'
import { addressOfKey } from '../datapath/keys.ts'
import { FilterSum } from './filter-sum.ts'

/** A node port as `port_filter` has it, at each address of this node; `protocol` is the IANA number. */
export interface NodePort {
  family: Family
  port: number
  protocol: number
}

/**
 * The filter that edges ask whether a destination may be one of ours: the sum of exact destinations, and of each node port
 * at each of the node's own addresses. The addresses and the node ports come and go in any order.
 */
export class DestinationFilter {
  readonly #filter = new FilterSum()
  /** The folds of the node's own addresses, by their keys in `addresses`. */
  readonly #own: Record<Family, Map<string, number>> = { 4: new Map(), 6: new Map() }
  /** No two contributions have the same one. */
  readonly #nodePorts: Record<Family, Set<NodePort>> = { 4: new Set(), 6: new Set() }

  /** Counts a folded destination. */
  add(fold: number): void {
    this.#filter.add(fold)
  }

  /** Counts one less. */
  remove(fold: number): void {
    this.#filter.remove(fold)
  }

  addNodePort(nodePort: NodePort): void {
    this.#nodePorts[nodePort.family].add(nodePort)
    for (const fold of this.#own[nodePort.family].values()) this.#filter.add(foldAt(fold, nodePort))
  }

  /** Takes out one that was added: the same object. */
  removeNodePort(nodePort: NodePort): void {
    this.#nodePorts[nodePort.family].delete(nodePort)
    for (const fold of this.#own[nodePort.family].values()) this.#filter.remove(foldAt(fold, nodePort))
  }

  /** An address of this node, by its key in `addresses`, and its fold. */
  addOwn(key: string, fold: number): void {
    const family = familyOf(addressOfKey(key))
    this.#own[family].set(key, fold)
    for (const nodePort of this.#nodePorts[family]) this.#filter.add(foldAt(fold, nodePort))
  }

  removeOwn(key: string, fold: number): void {
    const family = familyOf(addressOfKey(key))
    this.#own[family].delete(key)
    for (const nodePort of this.#nodePorts[family]) this.#filter.remove(foldAt(fold, nodePort))
  }

  /** As FilterSum. */
  takeChanged(): ReturnType<FilterSum['takeChanged']> {
    return this.#filter.takeChanged()
  }
}

function foldAt(fold: number, { port, protocol }: NodePort): number {
  return foldPort(fold, port, protocol)
}
