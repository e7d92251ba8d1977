// SPDX-License-Identifier: Apache-2.0
import { piecesOf } from '../base/pieces.ts'
import { type EndpointSlice, readEndpointSlice } from '../cluster/endpoint-slice.ts'
import type { Finding } from '../cluster/finding.ts'
import { scopeOf } from '../cluster/metadata.ts'
import { type Node, readNode } from '../cluster/node.ts'
import type { Raw, Scope } from '../cluster/reader.ts'
import { readService, type Service } from '../cluster/service.ts'
import type { Origin } from '../cluster/source.ts'
import { isJoined } from '../render/render.ts'
import type { ClusterChange } from '../render/rendering.ts'
import { serviceKey } from '../spec/name.ts'

/** The kinds of objects that are watched, by their plural in the API. */
export const KINDS = ['nodes', 'services', 'endpointslices'] as const
export type Kind = (typeof KINDS)[number]

/** Services and nodes that are others than when they were last taken. */
interface Dirty {
  /** By `namespace/name`. */
  services: Set<string>
  /** The Services, by `namespace/name`, whose EndpointSlices changed. */
  slices: Set<string>
  nodes: boolean
}

/** So many Services at most are in one piece of a change: rendering and compiling them takes about a millisecond. */
const PIECE = 50

/** No object of a watch has a place in a file. */
const NOWHERE: Origin = { source: 0, start: 0, end: 0, path: [] }

/**
 * The objects of a cluster as a watch tells them, and which Services they change. An object that says the same as before, as
 * a Node whose kubelet reports its status, changes nothing. An object that cannot be read counts as deleted; `report` hears why.
 */
export class ClusterStore {
  readonly #report: (finding: Finding) => void
  readonly #nodes = new Map<string, Node>()
  readonly #services = new Map<string, Service>()
  /** By `namespace/name` of the slice. */
  readonly #slices = new Map<string, EndpointSlice>()
  /** Those that belong to a Service, by its `namespace/name`, then by their own. */
  readonly #slicesOf = new Map<string, Map<string, EndpointSlice>>()
  readonly #texts = new Map<string, string>()
  #dirty = nothing()

  constructor(report: (finding: Finding) => void) {
    this.#report = report
  }

  /** Whether anything is to be taken. */
  get isDirty(): boolean {
    const { services, slices, nodes } = this.#dirty
    return nodes || services.size > 0 || slices.size > 0
  }

  /** How many Services are to be taken because they changed, and how many because their EndpointSlices did. */
  get pending(): { services: number; endpoints: number } {
    return { services: this.#dirty.services.size, endpoints: this.#dirty.slices.size }
  }

  /** An object that was added or changed, as the API has it. `key`: `namespace/name`, or the name of a node. Returns whether it says something new. */
  put(kind: Kind, key: string, object: Raw): boolean {
    if (kind === 'nodes')
      return this.#set(this.#nodes, key, readNode(this.#scope('Node', object), object), this.#nodeChanged)
    if (kind === 'services')
      return this.#set(this.#services, key, readService(this.#scope('Service', object), object), this.#serviceChanged)
    const slice = readEndpointSlice(this.#scope('EndpointSlice', object), object, this.#share)
    return this.#set(this.#slices, key, slice, this.#sliceChanged)
  }

  /** An object that was deleted. Returns whether it was there. */
  remove(kind: Kind, key: string): boolean {
    if (kind === 'nodes') return this.#set(this.#nodes, key, undefined, this.#nodeChanged)
    if (kind === 'services') return this.#set(this.#services, key, undefined, this.#serviceChanged)
    return this.#set(this.#slices, key, undefined, this.#sliceChanged)
  }

  /** The Service `namespace/name`, as the API has it. */
  service(name: string): Service | undefined {
    return this.#services.get(name)
  }

  /** What changed since this was last called, in pieces: nodes first. */
  *take(): Generator<ClusterChange> {
    const { services, slices, nodes } = this.#dirty
    this.#dirty = nothing()
    if (nodes) yield { nodes: [...this.#nodes.values()] }
    const names = [...new Set([...services, ...slices])]
    for (const piece of piecesOf(names, PIECE)) {
      yield {
        services: new Map(piece.filter(n => services.has(n)).map(name => [name, this.#services.get(name)])),
        slices: new Map(piece.filter(n => slices.has(n)).map(name => [name, this.#slicesFor(name)])),
      }
    }
  }

  #slicesFor(service: string): EndpointSlice[] {
    return [...(this.#slicesOf.get(service)?.values() ?? [])]
  }

  /** Keeps an object, or forgets it, and tells `changed` what was and what is, if that is something else. Returns whether it is. */
  #set<T>(
    map: Map<string, T>,
    key: string,
    now: T | undefined,
    changed: (key: string, old?: T, now?: T) => void,
  ): boolean {
    const old = map.get(key)
    if (now === undefined) map.delete(key)
    else map.set(key, now)
    const isNew = JSON.stringify(old) !== JSON.stringify(now)
    if (isNew) changed(key, old, now)
    return isNew
  }

  #nodeChanged = (): void => {
    this.#dirty.nodes = true
  }

  #serviceChanged = (key: string): void => {
    this.#dirty.services.add(key)
  }

  /** The label that names its Service may have moved it. */
  #sliceChanged = (key: string, old?: EndpointSlice, now?: EndpointSlice): void => {
    if (old && isJoined(old)) {
      const owner = ownerOf(old)
      const rest = this.#slicesOf.get(owner)!
      rest.delete(key)
      if (rest.size === 0) this.#slicesOf.delete(owner)
      this.#dirty.slices.add(owner)
    }
    if (now && isJoined(now)) {
      const owner = ownerOf(now)
      const slices = this.#slicesOf.get(owner) ?? new Map<string, EndpointSlice>()
      this.#slicesOf.set(owner, slices.set(key, now))
      this.#dirty.slices.add(owner)
    }
  }

  #scope(kind: string, object: Raw): Scope {
    return scopeOf(kind, object, NOWHERE, this.#report)
  }

  /** 100,000 endpoints name few nodes and zones. */
  #share = (text: string): string => {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    this.#texts.set(text, text)
    return text
  }
}

function nothing(): Dirty {
  return { services: new Set(), slices: new Set(), nodes: false }
}

function ownerOf({ namespace, service }: EndpointSlice): string {
  return serviceKey({ namespace, name: service })
}
