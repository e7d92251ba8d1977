// SPDX-License-Identifier: Apache-2.0
import { hasErrors, type Result } from '../base/diagnostic.ts'
import type { Cluster } from './cluster.ts'
import { Duplicates } from './duplicates.ts'
import { type EndpointSlice, readEndpointSlice } from './endpoint-slice.ts'
import type { Finding } from './finding.ts'
import { locateFindings } from './locate.ts'
import { scopeOf } from './metadata.ts'
import { type Node, readNode } from './node.ts'
import { type Receiver, readObjects } from './objects.ts'
import { isMap, type Raw } from './reader.ts'
import { readService, type Service } from './service.ts'
import { normalizeSource, type Origin, type Source } from './source.ts'

/** The kinds that count, with the API versions that kube-proxy reads. */
const KINDS: Readonly<Record<string, string>> = { Node: 'v1', Service: 'v1', EndpointSlice: 'discovery.k8s.io/v1' }

/** Reads exports of a cluster: YAML or JSON, any number of documents, lists and objects. All mistakes at once. */
export function loadCluster(sources: readonly Source[]): Result<Cluster> {
  const normal = sources.map(normalizeSource)
  const loader = new Loader(normal)
  normal.forEach((source, index) => {
    readObjects(source, index, loader)
  })
  const diagnostics = locateFindings(normal, groupNotObjects(loader.findings))
  return { value: hasErrors(diagnostics) ? undefined : loader.cluster, diagnostics }
}

class Loader implements Receiver {
  readonly cluster: Cluster
  readonly findings: Finding[] = []
  readonly #duplicates = new Duplicates()
  readonly #texts = new Map<string, string>()

  constructor(sources: readonly Source[]) {
    this.cluster = { nodes: [], services: [], slices: [], skipped: new Map(), sources }
  }

  report = (finding: Finding): void => {
    this.findings.push(finding)
  }

  take(value: unknown, origin: Origin, list?: unknown): void {
    if (isMap(list) && typeof list.kind === 'string' && !list.kind.endsWith('List')) return
    const kind = isMap(value) ? (value.kind ?? kindOfItems(list)) : undefined
    const version = isMap(value) ? (value.apiVersion ?? (isMap(list) ? list.apiVersion : undefined)) : undefined
    if (!isMap(value)) this.#complain(origin, 'this is not a Kubernetes object')
    else if (typeof kind !== 'string') this.#complain(origin, 'this object has no kind')
    else if (kind.endsWith('List')) this.#takeList(value, origin)
    else if (!Object.hasOwn(KINDS, kind)) this.#skip(kind)
    else if (typeof version !== 'string') this.#complain(origin, `this ${kind} has no apiVersion`)
    else if (version !== KINDS[kind]) this.#skip(`${kind} of ${version}`)
    else this.#takeObject(kind, value, origin)
  }

  /** Remembers where the cluster's lists end, to drop what is read after it. */
  mark(): () => void {
    const { nodes, services, slices, skipped } = this.cluster
    const lengths = [nodes, services, slices, this.findings].map(list => list.length)
    const counts = new Map(skipped)
    const forget = this.#duplicates.mark()
    return () => {
      for (const [i, list] of [nodes, services, slices, this.findings].entries()) list.length = lengths[i]!
      this.cluster.skipped = counts
      forget()
    }
  }

  #takeList(list: Raw, origin: Origin): void {
    const items = list.items ?? []
    if (!Array.isArray(items)) {
      this.#complain(origin, 'the items of this list are no list', ['items'])
      return
    }
    for (const [i, item] of items.entries()) {
      this.take(item, { ...origin, path: [...origin.path, 'items', i] }, list)
    }
  }

  #skip(kind: string): void {
    this.cluster.skipped.set(kind, (this.cluster.skipped.get(kind) ?? 0) + 1)
  }

  #takeObject(kind: string, object: Raw, origin: Origin): void {
    const scope = scopeOf(kind, object, origin, this.report)
    if (kind === 'Service') this.#add(kind, this.cluster.services, readService(scope, object))
    else if (kind === 'Node') this.#add(kind, this.cluster.nodes, readNode(scope, object))
    else this.#add(kind, this.cluster.slices, readEndpointSlice(scope, object, this.#share))
  }

  #add<T extends Node | Service | EndpointSlice>(kind: string, list: T[], object: T | undefined): void {
    if (!object) return
    const finding = this.#duplicates.check(kind, object)
    if (finding) this.report(finding)
    else list.push(object)
  }

  #share = (text: string): string => {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    this.#texts.set(text, text)
    return text
  }

  #complain(origin: Origin, message: string, path: Finding['path'] = []): void {
    const hint = 'an export is what kubectl get nodes,services,endpointslices -A -o yaml prints'
    this.report({ severity: 'error', code: NOT_AN_OBJECT, message, hint, origin, path })
  }
}

const NOT_AN_OBJECT = 'not-an-object'

/** A file that is no export has one finding for all that is alike in it, at the first place. */
function groupNotObjects(findings: readonly Finding[]): Finding[] {
  const alike = new Map<string, Finding[]>()
  for (const finding of findings) {
    if (finding.code !== NOT_AN_OBJECT) continue
    const key = `${finding.origin.source} ${finding.message}`
    const others = alike.get(key)
    if (others) others.push(finding)
    else alike.set(key, [finding])
  }
  return findings.flatMap(finding => {
    const group = alike.get(`${finding.origin.source} ${finding.message}`)
    if (finding.code !== NOT_AN_OBJECT || group?.length === 1) return [finding]
    const more = group!.length - 1
    return group![0] === finding ? [{ ...finding, message: `${finding.message} (and ${more} more here)` }] : []
  })
}

/** The items of a ServiceList straight from the API do not repeat their kind. */
function kindOfItems(list: unknown): string | undefined {
  return isMap(list) && typeof list.kind === 'string' && list.kind !== 'List' ? list.kind.slice(0, -4) : undefined
}
