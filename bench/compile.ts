// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { Compilation } from '../src/compile/compilation.ts'
import { compile } from '../src/compile/compile.ts'
import type { Edges } from '../src/compile/edges.ts'
import { atNode, type Viewpoint } from '../src/compile/viewpoint.ts'
import { emptyImage } from '../src/datapath/image.ts'
import { diff } from '../src/plan/diff.ts'
import { planOf } from '../src/plan/plan-of.ts'
import { serviceKey } from '../src/spec/name.ts'
import type { Endpoint, Service, Spec } from '../src/spec/spec.ts'
import { figureOf, medianOf, printFigure, printTable } from './figures.ts'

/**
 * What compile and plan cost in one process, in full and for the change of one Service:
 *
 *     node bench/compile.ts [ROUNDS [OTHER_TREE]]
 *
 * Each round runs every step once, those of another checkout beside ours, so a slow moment meets all of them.
 * Prints the median [lowest–highest] of CPU time in ms; of single changes the median of the wall clock, and where that lies
 * with 95 % probability.
 */
interface Engine {
  compile: typeof compile
  diff: typeof diff
}

const SIZES = [
  [10_000, 5],
  [10_000, 10],
] as const
const EDGES: Edges = {
  devices: [{ device: 'eth0', ifindex: 2, nat4: '192.168.0.1', rawIp: false }],
  otherProxy: false,
}
const CHANGES = 400
const [rounds = '9', otherTree] = process.argv.slice(2)

async function engineOf(tree: string): Promise<Engine> {
  const { compile } = (await import(resolve(tree, 'src/compile/compile.ts'))) as Engine
  const { diff } = (await import(resolve(tree, 'src/plan/diff.ts'))) as Engine
  return { compile, diff }
}

const engines: Record<string, Engine> = { ours: { compile, diff } }
if (otherTree !== undefined) engines.other = await engineOf(otherTree)

const rows: string[][] = []
for (const [services, endpoints] of SIZES) {
  const spec = specWith(services, endpoints)
  const viewpoint = atNode(spec.nodes[0]!)
  const size = `${services} × ${endpoints}`
  for (const [name, samples] of measureFull(spec, viewpoint))
    rows.push([`${size}: ${name}`, printFigure(figureOf(samples), 1)])
  rows.push([`${size}: one Service changed`, printFigure(medianOf(measureChanges(spec, viewpoint)), 3)])
}
process.stdout.write(printTable(['step', 'ms'], rows))

function measureFull(spec: Spec, viewpoint: Viewpoint): Map<string, number[]> {
  const moved = { ...spec, services: spec.services.map(moveEndpoint) }
  const [before, after] = [compile(spec, viewpoint).image, compile(moved, viewpoint).image]
  const samples = new Map<string, number[]>()
  for (let round = 0; round < Number(rounds); round++) {
    for (const [name, { compile, diff }] of Object.entries(engines)) {
      const measure = (step: string, action: () => unknown) => {
        const started = process.cpuUsage()
        action()
        const { user, system } = process.cpuUsage(started)
        const key = `${step}, ${name}`
        samples.set(key, [...(samples.get(key) ?? []), (user + system) / 1000])
      }
      measure('compile', () => compile(spec, viewpoint).image)
      measure('compile with an edge', () => compile(spec, viewpoint, EDGES).image)
      measure('compile and list the frontends', () => compile(spec, viewpoint).frontends)
      measure('plan from an empty image', () => diff(emptyImage(), before))
      measure('plan, every Service changed', () => diff(before, after))
      measure('plan, equal', () => diff(before, before))
    }
  }
  return samples
}

/** An endpoint of one Service after the other is another one: contribution, sum and plan. */
function measureChanges(spec: Spec, viewpoint: Viewpoint): number[] {
  const compilation = new Compilation(viewpoint)
  compilation.change({ nodes: spec.nodes, services: new Map(spec.services.map(s => [serviceKey(s), s])) })
  compilation.takeDelta()
  return spec.services.slice(0, CHANGES).map(service => {
    const changed = moveEndpoint(service)
    const started = performance.now()
    compilation.change({ services: new Map([[serviceKey(service), changed]]) })
    const { steps } = planOf(compilation.takeDelta())
    const took = performance.now() - started
    if (steps.length === 0) throw new Error('the change of a Service changes nothing')
    return took
  })
}

function moveEndpoint(service: Service): Service {
  const [group, ...rest] = service.endpoints
  const [first, ...others] = group!.endpoints
  const moved = { ...first!, address: first!.address.replace('10.', '11.') }
  return { ...service, endpoints: [{ ...group!, endpoints: [...others, moved] }, ...rest] }
}

/** Every tenth Service has a node port, affinity, or external policy Local; every twentieth a load balancer with ranges. */
function specWith(services: number, endpoints: number): Spec {
  const nodes = Array.from({ length: 100 }, (_, i) => ({
    name: `n${i}`,
    zone: `z${i % 3}`,
    addresses: [`192.168.0.${i}`],
  }))
  const endpointAt = (service: number, i: number): Endpoint => {
    const at = service * endpoints + i
    const address = `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`
    const conditions = { ready: true, serving: true, terminating: false }
    return { address, node: `n${at % 100}`, ...conditions, forZones: [], forNodes: [] }
  }
  const serviceAt = (i: number): Service => ({
    namespace: 'bench',
    name: `s${i}`,
    clusterIPs: [`10.96.${i >> 8}.${i & 255}`],
    externalIPs: [],
    loadBalancerIPs: i % 20 === 3 ? [`203.0.${i >> 8}.${i & 255}`] : [],
    sourceRanges: i % 20 === 3 ? ['10.0.0.0/8', `192.0.2.${i & 252}/30`] : [],
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: i % 10 === 2 ? 'Local' : 'Cluster',
    ...(i % 10 === 1 && { affinitySeconds: 10_800 }),
    ports: [
      { name: '', port: 80, protocol: 'TCP', except: [], ...(i % 10 === 2 && { nodePort: 30_000 + (i - 2) / 10 }) },
    ],
    endpoints: [
      {
        ports: [{ name: '', number: 8080 }],
        endpoints: Array.from({ length: endpoints }, (_, at) => endpointAt(i, at)),
      },
    ],
  })
  return { nodes, services: Array.from({ length: services }, (_, i) => serviceAt(i)) }
}
