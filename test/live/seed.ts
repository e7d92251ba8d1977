// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { load, loadAll } from 'js-yaml'
import type { ApiServer } from './api-server.ts'

interface Stored {
  kind: string
  metadata: { name: string; namespace?: string; resourceVersion?: string; uid?: string }
  status?: object
}

const PATHS: Readonly<Record<string, string>> = {
  Node: '/api/v1/nodes',
  Service: '/api/v1/namespaces/NS/services',
  EndpointSlice: '/apis/discovery.k8s.io/v1/namespaces/NS/endpointslices',
  ServiceAccount: '/api/v1/namespaces/NS/serviceaccounts',
  Namespace: '/api/v1/namespaces',
  ConfigMap: '/api/v1/namespaces/NS/configmaps',
  Role: '/apis/rbac.authorization.k8s.io/v1/namespaces/NS/roles',
  RoleBinding: '/apis/rbac.authorization.k8s.io/v1/namespaces/NS/rolebindings',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
}

/** Where the API has the objects of this kind and namespace. */
export function pathOf(kind: string, namespace = ''): string {
  return PATHS[kind]!.replace('NS', namespace)
}

/** Creates an object, its status too. */
export async function create(api: ApiServer, object: object): Promise<void> {
  const { status, ...wanted } = structuredClone(object) as Stored
  const { resourceVersion: _, uid: __, ...metadata } = wanted.metadata
  const path = pathOf(wanted.kind, metadata.namespace)
  const created = await api.request<Stored>('POST', path, { ...wanted, metadata })
  if (status && Object.keys(status).length > 0 && (wanted.kind === 'Node' || wanted.kind === 'Service'))
    await api.request('PUT', `${path}/${metadata.name}/status`, { ...created, status })
}

/** Creates what a manifest has, as kubectl apply would. */
export async function createRoles(api: ApiServer, manifest = 'manifests/rbac.yaml'): Promise<void> {
  for (const document of loadAll(readFileSync(manifest, 'utf8'))) await create(api, document as object)
}

/** The cluster of examples/shop.yaml, and `count` Services `many/s0`… with a slice each. */
export async function seed(api: ApiServer, count: number): Promise<void> {
  const shop = (load(readFileSync('examples/shop.yaml', 'utf8')) as { items: Stored[] }).items
  // The API server made its own.
  const objects = shop.filter(({ metadata }) => metadata.namespace !== 'default' || metadata.name !== 'kubernetes')
  const namespaces = new Set(['many', ...objects.map(({ metadata }) => metadata.namespace ?? 'default')])
  for (const name of ['default', 'kube-system']) namespaces.delete(name)
  await each([...namespaces], name =>
    api.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
  )
  await each(objects, object => create(api, object))
  const numbers = Array.from({ length: count }, (_, i) => i)
  await each(numbers, i => create(api, manyService(`s${i}`)))
  await each(numbers, i => create(api, manySlice(`s${i}`, `10.245.${i >> 8}.${i & 255}`)))
}

export function manyService(name: string): object {
  const ports = [{ name: 'http', port: 80, targetPort: 8080 }]
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'many' }, spec: { ports } }
}

export function manySlice(service: string, address: string): object {
  const labels = { 'kubernetes.io/service-name': service }
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${service}-1`, namespace: 'many', labels },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true }, nodeName: 'node-a1', zone: 'eu-west-a' }],
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  }
}

const AT_ONCE = 32

async function each<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of left) await act(item)
    }),
  )
}
