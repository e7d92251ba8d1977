// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../../base/address.ts'
import type { Frontend } from '../../../compile/frontend.ts'
import { policiesOf } from '../../../compile/frontends.ts'
import { nodeAt } from '../../../compile/viewpoint.ts'
import type { Dial } from '../../../datapath/dial.ts'
import type { Image } from '../../../datapath/image.ts'
import { portKey, serviceKey } from '../../../spec/name.ts'
import { formatList } from '../../format-list.ts'
import type { FlowAnswer, FrontendAnswer } from '../explanation.ts'
import { type Client, dialOf } from '../question/client.ts'
import { type Destination, isLoopback } from '../view/destinations.ts'
import { ownerOf } from '../view/list-scope.ts'
import type { View } from '../view/view.ts'
import { type Decision, decide, decideFromElsewhere } from './decide.ts'
import { kernelAnswerFor } from './kernel.ts'
import { dialByPacket, isByPacket, sourceNotes } from './packets.ts'
import type { SpecLines } from './spec-lines.ts'

/** One answer, and the frontend that gave it. */
export interface Answered {
  answer: FrontendAnswer
  frontend: Frontend | undefined
}

/** What an answer needs beside the destination. */
export interface AnswerContext {
  view: View
  client: Client
  places: SpecLines
  /** What the kernel holds, when it is that of the view's node. */
  observed: Image | undefined
  /** Do the node's routes to an address leave by an edge? */
  isBehindEdge: (address: Address) => boolean
}

/** The answers for a destination: one for all addresses with the same outcome. */
export function answersTo(destination: Destination, context: AnswerContext): Answered[] {
  const groups = new Map<string, { met: Decision; addresses: Address[] }>()
  for (const address of destination.addresses) {
    const met = decide(flowTo(destination, address, context), context.view)
    const key = JSON.stringify([met.outcome, met.frontend?.kind, met.frontend?.service, met.frontend?.portName])
    const group = groups.get(key)
    if (group) group.addresses.push(address)
    else groups.set(key, { met, addresses: [address] })
  }
  return [...groups.values()].map(({ met, addresses }) => answered(destination, met, addresses, context))
}

/** At loopback the client is a process of the node: a pod has a loopback of its own. */
function flowTo({ port, protocol }: Destination, address: Address, { client, view }: AnswerContext): Dial {
  const to = { address, port, protocol }
  const { source, ...nodeProcess } = { ...client, isInHostNetns: true }
  if (isLoopback(address) && nodeAt(client.viewpoint) && client.translatedAt !== 'edge') return dialOf(nodeProcess, to)
  return isByPacket(client.translatedAt) ? dialByPacket(to, view, source) : dialOf(client, to)
}

function answered(
  destination: Destination,
  { outcome, frontend }: Decision,
  addresses: Address[],
  context: AnswerContext,
): Answered {
  const { view, client, places, observed } = context
  const { port, protocol, kind, owner } = destination
  const node = nodeAt(view.viewpoint)
  const match = frontend && ownerOf(frontend, view)
  const named = match ?? owner
  const answer: FrontendAnswer = {
    frontend: frontend?.kind ?? kind ?? null,
    service: named ? portKey(named.service, named.port) : null,
    addresses,
    where: (frontend?.kind ?? kind) === 'nodePort' ? formatNodes(addresses, view) : null,
    port,
    protocol,
    ...outcome,
    why: isTaken(destination, frontend) ? formatTaken(destination, outcome, frontend) : outcome.why,
    notes:
      frontend && outcome.action === 'forward'
        ? [...notesAt(frontend, client), ...sourceNotes(frontend, view, context.isBehindEdge)]
        : [],
    hostNetwork: atHostNetwork(destination, addresses[0]!, outcome, context),
    elsewhere: null,
    place: named ? places.port(named.service, named.port) : null,
    kernel: observed ? kernelAt(destination, addresses, context, observed) : null,
  }
  const isHere = kind !== 'nodePort' || addresses.some(address => node?.addresses.includes(address))
  if (frontend && match && node && isHere && client.translatedAt !== 'edge') {
    const { here, elsewhere } = policiesOf(match.service, frontend.kind)
    const met = here === elsewhere ? undefined : decideFromElsewhere(frontend, view)
    if (met && differ(met, outcome)) answer.elsewhere = met
  }
  return { answer, frontend }
}

/** The nodes that have these addresses. */
function formatNodes(addresses: readonly Address[], { viewpoint, spec }: View): string {
  const node = nodeAt(viewpoint)
  const own = node?.addresses ?? []
  const others = addresses.filter(address => !own.includes(address) && !isLoopback(address))
  const nodes = spec.nodes.filter(n => n !== node && n.addresses.some(address => others.includes(address)))
  return [
    ...(node && addresses.some(address => own.includes(address)) ? [node.name] : []),
    ...(addresses.some(isLoopback) ? [`loopback (for ${node?.name} itself)`] : []),
    ...(nodes.length > 0 ? [formatList(nodes.map(n => n.name))] : []),
  ].join(', ')
}

/** The kernel's answer at the first address where it differs. */
function kernelAt(destination: Destination, addresses: readonly Address[], context: AnswerContext, observed: Image) {
  const held = addresses.map(address =>
    kernelAnswerFor(flowTo(destination, address, context), observed, context.view.image, context.view.translatedAt),
  )
  return held.find(h => !h.agrees) ?? held[0]!
}

/** Does another Service own the frontend, although this one has the address too? */
function isTaken({ owner, addresses }: Destination, frontend: Frontend | undefined): boolean {
  if (!owner || !addresses.some(address => owner.port.except.includes(address))) return false
  return !frontend || frontend.service !== serviceKey(owner.service) || frontend.portName !== owner.port.name
}

function formatTaken({ owner }: Destination, { why }: FlowAnswer, frontend: Frontend | undefined): string {
  const loser = portKey(owner!.service, owner!.port)
  if (!frontend) return `${loser} leaves it to another Service (except=), and no Service has it: ${why}`
  const winner = frontend.portName === '' ? frontend.service : `${frontend.service}:${frontend.portName}`
  return `lost to ${winner}, an older claim: ${loser} gets no connections here; ${why}`
}

function notesAt(
  { sourceRanges, affinitySeconds }: Frontend,
  { source, isInHostNetns, translatedAt }: Client,
): string[] {
  const isOpen = sourceRanges.length === 0 || isInHostNetns || source !== undefined
  return [
    ...(isOpen ? [] : [`only for clients in ${sourceRanges.join(', ')}: packets of others are dropped silently`]),
    ...(affinitySeconds > 0
      ? [
          `affinity: ${isByPacket(translatedAt) ? 'a client address' : 'a client'} keeps its endpoint for ${affinitySeconds} s`,
        ]
      : []),
  ]
}

/** The answer for processes of the node, if it differs: source ranges apply to the node's own addresses. */
function atHostNetwork(
  destination: Destination,
  address: Address,
  outcome: FlowAnswer,
  { view, client }: AnswerContext,
): FlowAnswer | null {
  if (
    view.viewpoint.kind === 'external' ||
    client.translatedAt === 'edge' ||
    client.isInHostNetns ||
    client.source !== undefined ||
    isLoopback(address)
  )
    return null
  const { outcome: answer } = decide(
    { address, port: destination.port, protocol: destination.protocol, client: { isInHostNetns: true } },
    view,
  )
  return differ(answer, outcome) ? answer : null
}

function differ(a: FlowAnswer, b: FlowAnswer): boolean {
  return a.action !== b.action || a.errno !== b.errno || a.backends.join() !== b.backends.join()
}
