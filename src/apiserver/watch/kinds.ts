// SPDX-License-Identifier: Apache-2.0

/** A kind of objects that can be watched: the plural of the API. */
export type WatchedKind = 'services' | 'endpointslices' | 'nodes' | 'configmaps'

/** The objects of a kind to follow: all, those of a namespace, those that selectors match. */
export interface Watched {
  kind: WatchedKind
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
}

/** The Services that kube-proxy 1.36 asks for: neither headless, nor left to another proxy. */
export const SERVICES: Watched = {
  kind: 'services',
  labelSelector: '!service.kubernetes.io/service-proxy-name',
  fieldSelector: 'spec.clusterIP!=None',
}

/** The EndpointSlices that kube-proxy 1.36 asks for. */
export const SLICES: Watched = { kind: 'endpointslices', labelSelector: '!service.kubernetes.io/headless' }

/** One Node. */
export function nodeNamed(name: string): Watched {
  return { kind: 'nodes', fieldSelector: `metadata.name=${name}` }
}

/** Where the API has the kind, from the root of the server. */
export function pathOf({ kind, namespace }: Watched): string {
  const group = kind === 'endpointslices' ? '/apis/discovery.k8s.io/v1' : '/api/v1'
  return namespace === undefined ? `${group}/${kind}` : `${group}/namespaces/${encodeURIComponent(namespace)}/${kind}`
}

/** The selectors as the parameters of a request. */
export function selectorsOf({ labelSelector, fieldSelector }: Watched): Record<string, string> {
  return {
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  }
}
