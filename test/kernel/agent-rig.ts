// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { type ApiServer, startApiServer } from '../live/api-server.ts'
import { administrator } from '../live/client.ts'
import { create, pathOf } from '../live/seed.ts'
import { type AgentProcess, startAgent } from './agent-process.ts'
import { type Relay, relayTo } from './api-relay.ts'
import { createWorld, type World } from './world.ts'

/** The namespace of the Services. */
export const NAMESPACE = 'agent'
/** Where a party is in the topology; x1 is outside the cluster. */
const PARTIES = ['n1', 'x1'] as const

/** A Service at an address and a port, of one protocol; its endpoints listen at 8080. */
interface ServiceForm {
  address: string
  port?: number
  protocol?: 'TCP' | 'UDP'
}

/** A world whose n1 and x1 reach a real API server, for agents. */
export class AgentRig {
  readonly world: World
  readonly api: ApiServer
  /** Of an administrator. */
  readonly kubeconfig: string
  readonly #relays: Relay[]

  private constructor(world: World, api: ApiServer, relays: Relay[]) {
    this.world = world
    this.api = api
    this.kubeconfig = administrator(api, api.url)
    this.#relays = relays
  }

  /** Its cluster has the nodes of the world. */
  static async start(): Promise<AgentRig> {
    const world = await createWorld()
    const api = await startApiServer()
    const port = Number(new URL(api.url).port)
    const rig = new AgentRig(world, api, await Promise.all(PARTIES.map(party => relayTo(world, party, port))))
    await rig.createNamespace(NAMESPACE)
    for (const n of [1, 2, 3]) await rig.createNode(n)
    return rig
  }

  async close(): Promise<void> {
    for (const relay of this.#relays) relay.close()
    await this.api.stop()
    await this.world.close()
  }

  /** The API server cannot be reached, until `join`. */
  cut(): void {
    for (const relay of this.#relays) relay.cut()
  }

  join(): void {
    for (const relay of this.#relays) relay.join()
  }

  createNamespace(name: string): Promise<unknown> {
    return this.api.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  }

  createNode(n: number): Promise<unknown> {
    const addresses = [{ type: 'InternalIP', address: `192.168.50.${n}` }]
    return create(this.api, { apiVersion: 'v1', kind: 'Node', metadata: { name: `n${n}` }, status: { addresses } })
  }

  /** Creates a Service with endpoints, by the names of pods: `p23`. */
  async serve(name: string, { address, port = 80, protocol = 'TCP' }: ServiceForm, ...pods: string[]): Promise<void> {
    const ports = [{ name: 'http', port, protocol, targetPort: 8080 }]
    const metadata = { name, namespace: NAMESPACE }
    await create(this.api, { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: address, ports } })
    await create(this.api, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: endpointsOf(pods),
      ports: [{ name: 'http', port: 8080, protocol }],
    })
  }

  /** Creates a Service with so many ports, and no endpoint. */
  async serveWide(name: string, address: string, count: number): Promise<void> {
    const ports = Array.from({ length: count }, (_, i) => ({ name: `p${i}`, port: 1 + i }))
    const metadata = { name, namespace: NAMESPACE }
    await create(this.api, { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: address, ports } })
  }

  /** Gives a Service other endpoints. */
  async set(name: string, ...pods: string[]): Promise<void> {
    const path = `${pathOf('EndpointSlice', NAMESPACE)}/${name}-1`
    await this.api.request('PATCH', path, { endpoints: endpointsOf(pods) })
  }

  /** Starts an agent in live mode: of n1 unless the flags say otherwise. */
  agent(party: (typeof PARTIES)[number], flags: readonly string[], env?: NodeJS.ProcessEnv): AgentProcess {
    return startAgent(this.world, party, ['--kubeconfig', this.kubeconfig, ...flags], env)
  }

  /** Nothing is pinned or attached, as after a reboot. */
  reboot(): void {
    const shown = execFileSync('bpftool', ['-j', 'cgroup', 'show', this.world.cgroup], { encoding: 'utf8' })
    for (const { id, attach_type } of JSON.parse(shown.trim() || '[]') as { id: number; attach_type: string }[])
      execFileSync('bpftool', ['cgroup', 'detach', this.world.cgroup, attach_type, 'id', String(id)])
    this.unpin()
  }

  /** Removes all pins, as rm -rf does. */
  unpin(): void {
    rmSync(`${this.world.pins}/balancing`, { recursive: true, force: true })
  }
}

/** Ready endpoints, by the names of pods. */
export function endpointsOf(pods: readonly string[]): object[] {
  return pods.map(name => ({
    addresses: [`10.244.${name[1]}.1${name[2]}`],
    conditions: { ready: true },
    nodeName: `n${name[1]}`,
  }))
}

/** The processes below one whose command line has a text. */
export function processesBelow(pid: number, text: string): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap(task =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  )
  return children.flatMap(child => {
    const isIt = readFileSync(`/proc/${child}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(text)
    return isIt ? [child, ...processesBelow(child, text)] : processesBelow(child, text)
  })
}
