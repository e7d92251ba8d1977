// SPDX-License-Identifier: Apache-2.0
import { PROTOCOL_NUMBERS } from '../base/protocol.ts'
import { compileFor, type NodeImage } from '../compile/compile.ts'
import { serviceId } from '../datapath/identity.ts'
import type { Image } from '../datapath/image.ts'
import { frontendKey, UNSPECIFIED } from '../datapath/keys.ts'
import { serviceKey } from '../spec/name.ts'
import { normalise } from '../spec/normalise.ts'
import type { Service, Spec } from '../spec/spec.ts'
import { clusterIPsOf } from './kinds.ts'
import { nodesOf } from './nodes.ts'
import { type ObservedPort, observe } from './observe.ts'
import { rebuild } from './service.ts'

/** A spec for what the maps of a node hold. */
export interface Exported {
  spec: Spec
  /** Services that were rebuilt from the maps, as `namespace/name`; the others are the saved ones. */
  rebuilt: string[]
  /** How many service ports have names that neither the maps nor the saved spec tell. */
  unnamed: number
}

/**
 * A spec that compiles to this image for `node` (null: a host outside the cluster), as far as a spec can express it. Names,
 * and Services that did not change, come from `saved`, the spec that was applied last; the rest comes from the maps, which
 * lack zones and endpoints that are not chosen here. Service ports that `saved` does not have get the name
 * `unknown/service-ID`, and so another id.
 */
export function exportSpec(image: Image, node: string | null, saved: Spec | undefined): Exported {
  const known = saved && compileFor(saved, node).value
  const keys = known && keysByService(known)
  const observed = observe(image)
  const clusterIPs = clusterIPsOf(image)
  const services: Service[] = []
  const rebuilt: string[] = []
  const own = node ?? OUTSIDE
  for (const service of saved?.services ?? []) {
    const name = serviceKey(service)
    const ports = service.ports.map(port => {
      const id = serviceId(name, port.name)
      const frontends = observed.get(id) ?? []
      observed.delete(id)
      return { name: port.name, frontends }
    })
    const found = ports.flatMap(({ frontends }) => frontends.map(({ key }) => key))
    const isAsSaved = (key: string) =>
      keys?.get(name)?.has(key) && image.frontends.get(key) === known!.image.frontends.get(key)
    if (known && found.length === (keys?.get(name)?.size ?? 0) && found.every(isAsSaved)) services.push(service)
    else if (ports.some(({ frontends }) => frontends.length > 0)) {
      services.push(rebuild(service, present(ports), own, clusterIPs, service))
      rebuilt.push(name)
    }
  }
  for (const [id, frontends] of observed) {
    const name = { namespace: 'unknown', name: `service-${id.toString(16)}` }
    services.push(rebuild(name, [{ name: '', frontends }], own, clusterIPs, undefined))
    rebuilt.push(serviceKey(name))
  }
  const nodes = nodesOf(image, node ?? undefined, saved?.nodes ?? [])
  return { spec: normalise({ nodes, services }), rebuilt, unnamed: observed.size }
}

/** The node of endpoints that are local to a host outside the cluster; no node has this name. */
const OUTSIDE = 'outside'

function present(ports: readonly ObservedPort[]): ObservedPort[] {
  return ports.filter(({ frontends }) => frontends.length > 0)
}

/** The keys in `frontends` of each Service, by `namespace/name`. */
function keysByService({ frontends }: NodeImage): Map<string, Set<string>> {
  const keys = new Map<string, Set<string>>()
  for (const { address, family, port, protocol, service } of frontends) {
    const key = frontendKey(address ?? UNSPECIFIED[family], port, PROTOCOL_NUMBERS[protocol])
    keys.set(service, (keys.get(service) ?? new Set()).add(key))
  }
  return keys
}
