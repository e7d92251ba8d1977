// SPDX-License-Identifier: Apache-2.0
/** Kubernetes objects as kubectl prints them, with only what a test is about. */
export type Fields = Record<string, unknown>

interface Named {
  name?: string
  namespace?: string
  labels?: Record<string, string>
  created?: string
}

function metadata({ name, namespace, labels, created }: Named): Fields {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels ? { labels } : {}),
    ...(created === undefined ? {} : { creationTimestamp: created }),
  }
}

/** `shop/cart` at 10.96.0.1:80/TCP; `spec` overrides single fields, `ingress` goes to its status. */
export function service(options: Named & { spec?: Fields; ingress?: Fields[] } = {}): Fields {
  const { name = 'cart', namespace = 'shop', spec = {}, ingress } = options
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata({ ...options, name, namespace }),
    spec: {
      clusterIP: '10.96.0.1',
      ...('clusterIP' in spec || 'clusterIPs' in spec ? {} : { clusterIPs: ['10.96.0.1'] }),
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'irrelevant' }],
      type: 'ClusterIP',
      ...('clusterIPs' in spec ? { clusterIP: (spec.clusterIPs as string[])[0] } : {}),
      ...spec,
    },
    status: { loadBalancer: ingress ? { ingress } : {} },
  }
}

/** A slice of `shop/cart`: addresses, or whole endpoints, on 8080 for port http. */
export function slice(
  options: Named & { service?: string | null; type?: string; ports?: unknown; endpoints?: (string | Fields)[] } = {},
): Fields {
  const { name = 'cart-1', namespace = 'shop', service = 'cart', type = 'IPv4', labels = {} } = options
  const owner: Record<string, string> = service === null ? {} : { 'kubernetes.io/service-name': service }
  return {
    addressType: type,
    apiVersion: 'discovery.k8s.io/v1',
    endpoints: (options.endpoints ?? ['10.244.0.1']).map(endpoint =>
      typeof endpoint === 'string' ? { addresses: [endpoint] } : endpoint,
    ),
    kind: 'EndpointSlice',
    metadata: metadata({ ...options, name, namespace, labels: { ...labels, ...owner } }),
    ports: 'ports' in options ? options.ports : [{ name: 'http', port: 8080, protocol: 'TCP' }],
  }
}

/** Node n1 in zone a at 192.168.0.1. */
export function node(options: Named & { zone?: string; addresses?: string[] } = {}): Fields {
  const { name = 'n1', zone = 'a', addresses = ['192.168.0.1'], labels } = options
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: metadata({ ...options, name, labels: { 'topology.kubernetes.io/zone': zone, ...labels } }),
    status: {
      addresses: [...addresses.map(address => ({ type: 'InternalIP', address })), { type: 'Hostname', address: name }],
    },
  }
}

/** A kubectl list. */
export function list(...items: unknown[]): Fields {
  return { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } }
}
