// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Dataplane } from '../../src/agent/dataplane.ts'
import type { LiveAgent } from '../../src/agent/live-agent.ts'
import { Progress } from '../../src/agent/progress.ts'
import { Status } from '../../src/agent/status.ts'
import type { AgentOptions } from '../../src/cli/agent/agent-options.ts'
import { gatedAgent } from '../../src/cli/agent/gated.ts'
import { splitSpec } from '../../src/spec/directory/split.ts'
import { revisionOf } from '../../src/spec/revision.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { kubeconfig } from './client.ts'
import { create, createRoles, pathOf } from './seed.ts'
import { describeLive } from './suite.ts'

const NAMESPACE = 'balancing-exposure'
const SERVICE = pathOf('Service', 'default')

/** A node without maps: what would serve there. */
class Recorded implements Dataplane {
  readonly isShadow = false
  readonly programs = 'ab'.repeat(32)
  readonly served = undefined
  spec: Spec = { nodes: [], services: [] }

  /** The node ports that serve, by Service. */
  get nodePorts(): Record<string, number> {
    const ports = this.spec.services.map(({ name, ports }) => [name, ports[0]?.nodePort] as const)
    return Object.fromEntries(ports.filter((pair): pair is [string, number] => pair[1] !== undefined))
  }

  async apply(spec: Spec) {
    this.spec = spec
    const changeset = { plan: { steps: [] }, edges: { edges: { devices: [] } } }
    return { changeset, revision: revisionOf(spec) } as never
  }

  adopt = async () => false
  /** Every change is applied as a whole. */
  write = async () => 'nothing is known of the maps'
  drift = async () => undefined
  damage = async () => undefined
  watches = () => false
  findEdgeChange = async () => undefined
  changeEdges = async () => undefined
  edgeFigures = async () => undefined
  destroyStale = async () => undefined
  record = () => true
}

function nodePort(name: string, port: number): object {
  const spec = { type: 'NodePort', ports: [{ port: 80, nodePort: port }] }
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec }
}

describeLive('agent --exposure configmaps:NAMESPACE', () => {
  let api: ApiServer
  let config: string
  beforeAll(async () => {
    api = await startApiServer()
    await create(api, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } })
    await createRoles(api, 'manifests/agent-rbac.yaml')
    const authority = Buffer.from(api.certificates.authority.certificate).toString('base64')
    const cluster = { server: api.url, 'certificate-authority-data': authority }
    config = kubeconfig(api.folder, cluster, { token: await api.token('balancing-agent') })
  }, 180_000)
  afterAll(() => api?.stop())

  /** An agent with the rights of the manifests, until the test is over. */
  async function started(channel: string): Promise<{ agent: LiveAgent; node: Recorded; log: string[] }> {
    const node = new Recorded()
    const log: string[] = []
    const stateDir = mkdtempSync(join(api.folder, 'state-'))
    const options = { exposure: `configmaps:${NAMESPACE}`, channel, gate: 'external', kubeconfig: config, stateDir }
    const [agent, watch] = await gatedAgent({ ...options, nodeAddresses: 'all' } as AgentOptions, {
      dataplane: node,
      node: 'n1',
      pace: { resync: 600_000, look: 600_000 },
      status: new Status('gated', 'n1'),
      progress: new Progress(),
      ports: { follow: () => {} },
      log: (level, message, fields) => log.push(`${level} ${fields?.code ?? ''} ${message}`),
    })
    await agent.start('there is none')
    const stop = new AbortController()
    const done = Promise.all([watch(stop.signal), agent.run(stop.signal)])
    onTestFinished(async () => {
      stop.abort()
      await done
      rmSync(stateDir, { recursive: true })
    })
    return { agent, node, log }
  }

  /** Publishes what the node serves with these node ports, one ConfigMap a file, the index last. */
  async function publish(channel: string, { spec }: Recorded, nodePorts: Record<string, number>): Promise<void> {
    const services = spec.services.map(service => {
      const [port] = service.ports
      const nodePort = nodePorts[service.name]
      return nodePort === undefined ? service : { ...service, ports: [{ ...port!, nodePort }] }
    })
    for (const [file, text] of splitSpec({ spec: { nodes: spec.nodes, services }, isExposure: true })) {
      const name = `${channel}-${file}`
      const path = `${pathOf('ConfigMap', NAMESPACE)}/${name}`
      await api.request('DELETE', path).catch(() => {})
      const metadata = { name, namespace: NAMESPACE, labels: { 'balancing.elf.io/exposure': channel } }
      await create(api, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [file]: text } })
    }
  }
  const WAIT = { interval: 20, timeout: 20_000 }

  test('it is not read without the right to; then a channel counts as soon as it is whole, and no other one does', async () => {
    await create(api, nodePort('web', 30_080))
    const { agent, node, log } = await started('canary')
    const status = () => agent.answer({ task: 'status' })
    await expect.poll(() => node.spec.services.map(({ name }) => name).sort(), WAIT).toEqual(['kubernetes', 'web'])
    expect(log).toContainEqual(expect.stringContaining('error api-forbidden the exposure is rejected: '))
    expect(status()).toMatchObject({
      notReady: [expect.stringContaining('configmaps')],
      watches: { configmaps: { connected: false } },
      exposure: {
        source: `ConfigMaps in namespace ${NAMESPACE} with the label balancing.elf.io/exposure=canary`,
        pending: [{ service: 'default/web' }],
      },
    })
    await createRoles(api, 'manifests/agent-exposure-rbac.yaml')
    await publish('stable', node, { web: 30_080 })
    await expect.poll(() => status().watches.configmaps?.connected, WAIT).toBe(true)
    expect(node.nodePorts).toEqual({})
    await publish('canary', node, { web: 30_080 })
    await expect.poll(() => node.nodePorts, WAIT).toEqual({ web: 30_080 })
    expect(status()).toMatchObject({ notReady: [], exposure: { pending: [], rejected: null } })
  })

  test('what is reviewed and not there yet is served as soon as it comes; what is deleted goes at once', async () => {
    const { agent, node } = await started('canary')
    await expect.poll(() => node.nodePorts, WAIT).toEqual({ web: 30_080 })
    await api.request('DELETE', `${SERVICE}/web`)
    await expect.poll(() => node.nodePorts, WAIT).toEqual({})
    expect(agent.answer({ task: 'status' }).exposure?.absent).toEqual(['default/web'])
    // The same name with another cluster IP: its node port is the reviewed one.
    await create(api, nodePort('web', 30_080))
    await expect.poll(() => node.nodePorts, WAIT).toEqual({ web: 30_080 })
  })
})
