// SPDX-License-Identifier: Apache-2.0
import type { ClusterStore, Kind } from '../../src/agent/store.ts'
import { loadCluster } from '../../src/cluster/load.ts'
import { render } from '../../src/render/render.ts'
import type { Spec } from '../../src/spec/spec.ts'
import type { ApiEvent } from '../arbitrary/api-events.ts'

type Raw = Record<string, unknown>

const KINDS = {
  nodes: ['Node', 'v1'],
  services: ['Service', 'v1'],
  endpointslices: ['EndpointSlice', 'discovery.k8s.io/v1'],
} as const

/** The objects of a cluster after events, without a store. */
export class Objects {
  readonly #objects = new Map<string, Raw>()

  happen(event: ApiEvent): void {
    const keyOf = ({ metadata }: Raw) => `${event.kind} ${(metadata as { name: string }).name}`
    if (event.type === 'put') this.#objects.set(keyOf(event.object), this.#typed(event.kind, event.object))
    else if (event.type === 'remove') this.#objects.delete(keyOf(event.object))
    else {
      for (const key of [...this.#objects.keys()]) if (key.startsWith(`${event.kind} `)) this.#objects.delete(key)
      for (const object of event.objects) this.#objects.set(keyOf(object), this.#typed(event.kind, object))
    }
  }

  /** All that there is, rendered as an export of it. */
  rendered(): Spec {
    const list = { kind: 'List', apiVersion: 'v1', items: [...this.#objects.values()] }
    const { value } = loadCluster([{ name: 'all', bytes: Buffer.from(JSON.stringify(list)) }])
    return render(value!).spec
  }

  #typed(kind: Kind, object: Raw): Raw {
    const [name, apiVersion] = KINDS[kind]
    return { kind: name, apiVersion, ...object }
  }
}

/** Tells a store of an event; `known`: what it was told of before. */
export function tell(store: ClusterStore, event: ApiEvent, known: Set<string>): void {
  const keyOf = ({ metadata }: Raw) => {
    const { namespace, name } = metadata as { namespace?: string; name: string }
    return namespace === undefined ? name : `${namespace}/${name}`
  }
  const put = (object: Raw) => {
    store.put(event.kind, keyOf(object), object)
    known.add(`${event.kind} ${keyOf(object)}`)
  }
  if (event.type === 'put') put(event.object)
  else if (event.type === 'remove') store.remove(event.kind, keyOf(event.object))
  else {
    for (const text of known) {
      const [kind, key] = text.split(' ') as [Kind, string]
      if (kind === event.kind) store.remove(kind, key)
    }
    for (const object of event.objects) put(object)
  }
}

/** A host always has its node; what becomes of one that is deleted is another matter. */
export const OWN: ApiEvent = {
  type: 'put',
  kind: 'nodes',
  object: { metadata: { name: 'n1' }, status: { addresses: [{ type: 'InternalIP', address: '192.168.50.1' }] } },
}
