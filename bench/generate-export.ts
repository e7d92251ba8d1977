// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { dump } from 'js-yaml'

/**
 * Writes an export as kubectl prints it: `node bench/generate-export.ts SERVICES ENDPOINTS [json|yaml] > file`.
 * ENDPOINTS is per Service, in one EndpointSlice (at most 100 in one, as the controller does). Equal arguments, equal bytes.
 */
const [services = 10_000, endpoints = 10] = process.argv.slice(2, 4).map(Number)
const format = process.argv[4] ?? 'json'
const NODES = 100
const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']
const MOST_IN_A_SLICE = 100

function* objects(): Generator<object> {
  for (let i = 0; i < services; i++) {
    for (let first = 0; first < endpoints; first += MOST_IN_A_SLICE) yield slice(i, first)
  }
  for (let n = 0; n < NODES; n++) yield node(n)
  for (let i = 0; i < services; i++) yield service(i)
}

function metadata(name: string, seed: number, more: object) {
  const created = new Date(Date.UTC(2026, 0, 1) + seed * 1000).toISOString().replace('.000Z', 'Z')
  return { creationTimestamp: created, ...more, name, resourceVersion: String(100_000 + seed), uid: uid(seed) }
}

function uid(seed: number): string {
  const hex = (Math.imul(seed + 1, 2654435761) >>> 0).toString(16).padStart(8, '0')
  return `${hex}-${hex.slice(0, 4)}-4${hex.slice(4, 7)}-8${hex.slice(1, 4)}-${hex}${hex.slice(0, 4)}`
}

function service(i: number) {
  const name = `service-${i}`
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata(name, i, { labels: { app: name, team: `team-${i % 50}` } }), namespace: `team-${i % 50}` },
    spec: {
      clusterIP: `10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`,
      clusterIPs: [`10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`],
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }],
      selector: { app: name },
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
    status: { loadBalancer: {} },
  }
}

function slice(i: number, first: number) {
  const name = `service-${i}`
  const namespace = `team-${i % 50}`
  const count = Math.min(MOST_IN_A_SLICE, endpoints - first)
  return {
    addressType: 'IPv4',
    apiVersion: 'discovery.k8s.io/v1',
    endpoints: Array.from({ length: count }, (_, e) => endpoint(i * endpoints + first + e, name, namespace)),
    kind: 'EndpointSlice',
    metadata: {
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:00Z' },
      ...metadata(`${name}-${uid(i).slice(0, 5)}${first || ''}`, services + i, {
        generateName: `${name}-`,
        generation: 3,
      }),
      labels: {
        app: name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': name,
      },
      namespace,
      ownerReferences: [
        { apiVersion: 'v1', blockOwnerDeletion: true, controller: true, kind: 'Service', name, uid: uid(i) },
      ],
    },
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  }
}

function endpoint(p: number, service: string, namespace: string) {
  const n = p % NODES
  return {
    addresses: [`10.${128 + (p >> 16)}.${(p >> 8) & 255}.${p & 255}`],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: `worker-${n}.example.net`,
    targetRef: { kind: 'Pod', name: `${service}-${uid(p).slice(0, 10)}-${uid(p).slice(-5)}`, namespace, uid: uid(p) },
    zone: ZONES[n % ZONES.length],
  }
}

function node(n: number) {
  const name = `worker-${n}.example.net`
  const zone = ZONES[n % ZONES.length]
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: metadata(name, n, { labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': zone } }),
    spec: { podCIDR: `10.244.${n}.0/24`, podCIDRs: [`10.244.${n}.0/24`] },
    status: {
      addresses: [
        { address: `10.0.${n}.17`, type: 'InternalIP' },
        { address: name, type: 'Hostname' },
      ],
    },
  }
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}

async function writeJson(): Promise<void> {
  await write('{\n    "apiVersion": "v1",\n    "items": [\n')
  let separator = ''
  for (const object of objects()) {
    const text = JSON.stringify(object, null, 4).replaceAll('\n', '\n        ')
    await write(`${separator}        ${text}`)
    separator = ',\n'
  }
  await write('\n    ],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n')
}

async function writeYaml(): Promise<void> {
  await write('apiVersion: v1\nitems:\n')
  for (const object of objects()) await write(dump([object], { seqNoIndent: true }))
  await write('kind: List\nmetadata:\n  resourceVersion: ""\n')
}

await (format === 'yaml' ? writeYaml() : writeJson())
