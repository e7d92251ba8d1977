// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { familyOf } from '../../src/base/address.ts'
import { compile } from '../../src/compile/compile.ts'
import { type Edges, NO_EDGES } from '../../src/compile/edges.ts'
import { formatBackend } from '../../src/datapath/backend.ts'
import type { Destination, LookupVerdict } from '../../src/datapath/dial.ts'
import type { Image } from '../../src/datapath/image.ts'
import { lookup } from '../../src/datapath/lookup.ts'
import { lookupPacket, type PacketSender } from '../../src/datapath/packet/lookup-packet.ts'
import { specLinesIn } from '../../src/report/explain/answer/spec-lines.ts'
import { explain } from '../../src/report/explain/explain.ts'
import type { Explanation } from '../../src/report/explain/explanation.ts'
import { type Client, dialOf, EXTERNAL_CLIENT, podOn, resolveClient } from '../../src/report/explain/question/client.ts'
import type { Subject } from '../../src/report/explain/question/subject.ts'
import { printJson, printYaml } from '../../src/spec/print.ts'
import type { Endpoint, Node, Spec } from '../../src/spec/spec.ts'
import { arbitrarySpec } from '../arbitrary/spec.ts'
import { NODE_PORTS, NODES, OUTER, PORTS, smallSpec, VIPS } from '../arbitrary/transition.ts'
import { runs } from '../runs.ts'

/** Transitions have zone hints only, and each address once: here some have hints for nodes, or a copy, and nodes have no zone. */
const spec: fc.Arbitrary<Spec> = fc
  .tuple(smallSpec, fc.infiniteStream(fc.nat(5)), fc.boolean())
  .map(([spec, dice, isBare]) => {
    const roll = () => dice.next().value
    const nodes: Node[] = isBare ? NODES.map(({ zone: _zone, ...node }) => node) : NODES
    const hinted = (e: Endpoint): Endpoint => ({ ...e, forNodes: roll() < 5 ? ['n1'] : [] })
    const copied = (e: Endpoint): Endpoint[] =>
      roll() === 0 ? [e, { ...e, ready: !e.ready, node: roll() < 3 ? 'n1' : 'n2' }] : [e]
    const services = spec.services.map(service => {
      const some = roll() < 3 ? hinted : (e: Endpoint) => e
      return {
        ...service,
        endpoints: service.endpoints.map(g => ({ ...g, endpoints: g.endpoints.map(some).flatMap(copied) })),
      }
    })
    return { nodes, services }
  })

const CLIENTS: ((spec: Spec) => Client)[] = [
  ({ nodes }) => podOn(nodes[0]!),
  ({ nodes }) => podOn(nodes[1]!),
  ({ nodes }) => ({ ...podOn(nodes[0]!), source: '10.244.0.200' }),
  ({ nodes }) => ({ ...podOn(nodes[0]!), isInHostNetns: true }),
  ({ nodes }) => outsideOf(nodes[0]!.name, nodes),
  ({ nodes }) => ({ ...podOn(nodes[0]!), translatedAt: 'pod-device' }),
  ({ nodes }) => ({ ...podOn(nodes[0]!), translatedAt: 'pod-device', source: '10.244.0.200' }),
  ({ nodes }) => ({ ...podOn(nodes[1]!), translatedAt: 'nowhere' }),
  () => EXTERNAL_CLIENT,
  () => ({ ...EXTERNAL_CLIENT, source: '192.0.2.7' }),
]

function outsideOf(node: string, nodes: Node[]): Client {
  return resolveClient('outside', { nodes, services: [] }, node).value!
}

const EDGES: Edges = {
  devices: [
    { device: 'cali1', ifindex: 2, nat4: '192.168.50.1', rawIp: false, pod: true },
    { device: 'eth1', ifindex: 3, nat4: '192.168.50.1', rawIp: false },
  ],
  otherProxy: false,
}

const SENDERS = { edge: 'outside', 'pod-device': 'pod' } as const satisfies Record<string, PacketSender>

const ADDRESSES = [...VIPS[4], ...VIPS[6], ...OUTER, ...NODES.flatMap(n => n.addresses), '8.8.8.8']

const destination = fc
  .tuple(fc.constantFrom(...ADDRESSES), fc.constantFrom(...PORTS, ...NODE_PORTS, 9), fc.constantFrom('TCP', 'UDP'))
  .map(([address, port, protocol]) => ({ kind: 'destination', address, port, protocol }) as Subject)

/** Anything that can be asked about a spec. */
function subjectsOf(spec: Spec): fc.Arbitrary<Subject> {
  const services = spec.services.map(service => ({ kind: 'service', service }) as Subject)
  const ports = spec.services.flatMap(s => s.ports.map(port => ({ kind: 'service', service: s, port }) as Subject))
  const others: Subject[] = [
    ...NODE_PORTS.map(port => ({ kind: 'nodePort', port }) as Subject),
    ...ADDRESSES.map(address => ({ kind: 'address', address }) as Subject),
  ]
  return fc.oneof(destination, fc.constantFrom(...services, ...ports, ...others))
}

const question = fc
  .tuple(spec, fc.constantFrom(...CLIENTS))
  .chain(([spec, clientOf]) => subjectsOf(spec).map(subject => ({ spec, client: clientOf(spec), subject })))

function ask(spec: Spec, client: Client, subject: Subject, kernel?: Image): Explanation {
  const places = specLinesIn([{ spec, text: printYaml(spec), file: 'spec.yaml', isExposure: false }])
  return explain({
    what: '',
    subject,
    spec,
    places,
    client,
    without: [],
    ...(kernel && { kernel: { image: kernel, troubles: [], isBehindEdge: () => false } }),
  })
}

function imageFor({ viewpoint, translatedAt }: Client, spec: Spec): Image {
  return compile(spec, viewpoint, translatedAt in SENDERS ? EDGES : NO_EDGES).image
}

/** The verdict on what a client sends; as packets, by one whose source the ranges of its frontend admit unless it is known. */
function verdictFor(client: Client, image: Image, to: Destination): LookupVerdict {
  const { translatedAt, isInHostNetns, source } = client
  if (translatedAt === 'sockets' || isInHostNetns) return lookup(image, dialOf(client, to))
  if (translatedAt === 'nowhere') return { kind: 'pass' }
  const some = familyOf(to.address) === 4 ? ['198.51.100.1', ...IN_RANGES[4]] : ['2001:db8::1', ...IN_RANGES[6]]
  const sources = source === undefined ? some : [source]
  const verdicts = sources.map(source => lookupPacket(image, to, source, SENDERS[translatedAt]))
  return verdicts.find(({ kind }) => kind !== 'drop') ?? verdicts[0]!
}

/** An address in each of the source ranges of the small specs. */
const IN_RANGES = { 4: ['10.0.0.9', '192.0.2.9', '192.168.50.9'], 6: ['fd00::9'] }

const isLoopback = (address: string) => address === '127.0.0.1' || address === '::1'

test('every verdict is that of the datapath’s twin on the image of the whole spec', () => {
  fc.assert(
    fc.property(question, ({ spec, client, subject }) => {
      const image = imageFor(client, spec)
      for (const { addresses, port, protocol, action, errno, backends } of ask(spec, client, subject).frontends) {
        for (const address of addresses) {
          const { source: _source, ...nodeProcess } = { ...client, isInHostNetns: true }
          const who = isLoopback(address) ? nodeProcess : client
          const verdict = verdictFor(who, image, { address, port, protocol: protocol as 'TCP' })
          const wanted = verdict.kind === 'forward' ? verdict.backends.map(formatBackend) : []
          expect({ action, errno, backends }).toEqual({
            action: verdict.kind,
            errno: verdict.kind === 'refuse' ? verdict.errno : null,
            backends: wanted,
          })
        }
      }
    }),
    { numRuns: runs(400) },
  )
})

test('the endpoints that a list says are used are the backends of its frontends, for the reasons that compile goes by', () => {
  fc.assert(
    fc.property(question, ({ spec, client, subject }) => {
      const { frontends, endpointLists } = ask(spec, client, subject)
      for (const list of endpointLists) {
        const used = list.endpoints.filter(e => e.included).map(e => e.endpoint)
        for (const destination of list.frontends) {
          const answer = frontends.find(
            f =>
              f.service === list.service &&
              f.addresses.some(
                a =>
                  destination === `${formatBackend({ address: a, port: f.port })}/${f.protocol}` &&
                  familyOf(a) === list.family,
              ),
          )!
          if (answer.action === 'forward') expect([...used].sort()).toEqual([...answer.backends].sort())
          // Source ranges deny what the list would give.
          else if (!/source ranges/.test(answer.why)) expect(used).toEqual([])
        }
        for (const { included, reason } of list.endpoints) {
          expect(included).toBe(reason === 'ready' || reason === 'last-resort')
        }
      }
    }),
    { numRuns: runs(400) },
  )
})

test('a kernel that holds the image agrees, and one that holds another spec’s agrees only where both do the same', () => {
  fc.assert(
    fc.property(question, spec, ({ spec, client, subject }, other) => {
      const held = imageFor(client, spec)
      const { frontends, kernel } = ask(spec, client, subject, held)
      expect(frontends.every(f => f.kernel?.agrees)).toBe(true)
      expect(kernel).toEqual({ revision: null, agrees: false, notes: ['nothing is applied here'] })
      for (const f of ask(spec, client, subject, imageFor(client, other)).frontends) {
        if (f.kernel?.agrees) expect([f.kernel.action, f.kernel.backends]).toEqual([f.action, f.backends])
        else expect(f.kernel?.differences.length).toBeGreaterThan(0)
      }
    }),
    { numRuns: runs(200) },
  )
})

test('places are the lines of the things, in a canonical text and in any other', () => {
  fc.assert(
    fc.property(arbitrarySpec, spec => {
      for (const text of [printYaml(spec), `# not canonical\n${printYaml(spec)}`, printJson(spec)]) {
        const lines = text.split('\n')
        const places = specLinesIn([{ spec, text, file: 'spec', isExposure: false }])
        const lineAt = (place: { line: number } | null) => lines[place!.line - 1]
        for (const node of spec.nodes) expect(lineAt(places.node(node))).toContain(node.name)
        for (const service of spec.services) {
          const key = `${service.namespace}/${service.name}`
          expect(lineAt(places.service(service))).toContain(key)
          for (const port of service.ports) {
            expect(lineAt(places.port(service, port))).toContain(
              `${port.port}${port.nodePort ? `:${port.nodePort}` : ''}/${port.protocol}`,
            )
          }
          if (service.endpoints.length > 0) expect(lineAt(places.endpoints(service))).toContain(key)
          for (const [g, group] of service.endpoints.entries()) {
            for (const [i, endpoint] of group.endpoints.entries()) {
              expect(lineAt(places.endpoint(service, g, i))).toContain(endpoint.address)
            }
          }
        }
      }
    }),
    { numRuns: runs(200) },
  )
})
