import type { Address } from '../../base/address.ts'
import type { Frontend } from '../../compile/frontend.ts'
import { policiesOf } from '../../compile/frontends.ts'
import type { Image } from '../../datapath/image.ts'
import { portKey, serviceKey } from '../../spec/name.ts'
import { formatList } from '../format-list.ts'
import { type Client, flowOf } from './client.ts'
import type { FrontendAnswer, Outcome } from './explanation.ts'
import { heldFor } from './held.ts'
import { type Met, meet, meetFromElsewhere } from './outcome.ts'
import type { Places } from './places.ts'
import { ownerOf } from './scope.ts'
import { isLoopback, type Target } from './targets.ts'
import type { View } from './view.ts'

/** One answer, and the frontend that gave it. */
export interface Answered {
  answer: FrontendAnswer
  frontend: Frontend | undefined
}

/** What answers need beside the target. */
export interface Asking {
  view: View
  client: Client
  places: Places
  /** What the kernel holds, when it is that of the view's node. */
  observed: Image | undefined
}

/** What becomes of a target: one answer for all its addresses that meet the same. */
export function answersTo(target: Target, asking: Asking): Answered[] {
  const groups = new Map<string, { met: Met; addresses: Address[] }>()
  for (const address of target.addresses) {
    const met = meet(flowTo(target, address, asking.client), asking.view)
    const key = JSON.stringify([met.outcome, met.frontend?.kind, met.frontend?.service, met.frontend?.portName])
    const group = groups.get(key)
    if (group) group.addresses.push(address)
    else groups.set(key, { met, addresses: [address] })
  }
  return [...groups.values()].map(({ met, addresses }) => answered(target, met, addresses, asking))
}

/** Loopback is asked about for the processes of the node: a pod has its own. */
function flowTo({ port, protocol }: Target, address: Address, client: Client) {
  const { source: _own, ...atHome } = { ...client, atHome: true }
  return flowOf(isLoopback(address) && client.node ? atHome : client, { address, port, protocol })
}

function answered(target: Target, { outcome, frontend }: Met, addresses: Address[], asking: Asking): Answered {
  const { view, client, places, observed } = asking
  const { port, protocol, kind, owner } = target
  const decider = frontend && ownerOf(frontend, view)
  const named = decider ?? owner
  const answer: FrontendAnswer = {
    frontend: frontend?.kind ?? kind ?? null,
    service: named ? portKey(named.service, named.port) : null,
    addresses,
    where: (frontend?.kind ?? kind) === 'nodePort' ? whereOf(addresses, view) : null,
    port,
    protocol,
    ...outcome,
    why: isTaken(target, frontend) ? takenBy(target, outcome, frontend) : outcome.why,
    notes: frontend && outcome.action === 'forward' ? notesOn(frontend, client) : [],
    itself: itselfAt(target, addresses[0]!, outcome, asking),
    elsewhere: null,
    place: named ? places.port(named.service, named.port) : null,
    kernel: observed ? kernelAt(target, addresses, asking, observed) : null,
  }
  const isHere = kind !== 'nodePort' || addresses.some(address => view.node?.addresses.includes(address))
  if (frontend && decider && view.node && isHere) {
    const { here, elsewhere } = policiesOf(decider.service, frontend.kind)
    const met = here === elsewhere ? undefined : meetFromElsewhere(frontend, view)
    if (met && differ(met, outcome)) answer.elsewhere = met
  }
  return { answer, frontend }
}

/** Whose addresses these are. */
function whereOf(addresses: readonly Address[], { node, spec }: View): string {
  const own = node?.addresses ?? []
  const others = addresses.filter(address => !own.includes(address) && !isLoopback(address))
  const homes = spec.nodes.filter(n => n !== node && n.addresses.some(address => others.includes(address)))
  return [
    ...(node && addresses.some(address => own.includes(address)) ? [node.name] : []),
    ...(addresses.some(isLoopback) ? [`loopback (for ${node?.name} itself)`] : []),
    ...(homes.length > 0 ? [formatList(homes.map(n => n.name))] : []),
  ].join(', ')
}

/** The first address at which the kernel differs says most. */
function kernelAt(target: Target, addresses: readonly Address[], { view, client }: Asking, observed: Image) {
  const held = addresses.map(address => heldFor(flowTo(target, address, client), observed, view.image))
  return held.find(h => !h.agrees) ?? held[0]!
}

/** Is the frontend another Service's, although this one has the address too? */
function isTaken({ owner, addresses }: Target, frontend: Frontend | undefined): boolean {
  if (!owner || !addresses.some(address => owner.port.except.includes(address))) return false
  return !frontend || frontend.service !== serviceKey(owner.service) || frontend.portName !== owner.port.name
}

function takenBy({ owner }: Target, { why }: Outcome, frontend: Frontend | undefined): string {
  const loser = portKey(owner!.service, owner!.port)
  if (!frontend) return `${loser} leaves it to another Service (except=), and no other has it: ${why}`
  const winner = frontend.portName === '' ? frontend.service : `${frontend.service}:${frontend.portName}`
  return `lost to ${winner}, which had it first: ${loser} gets nothing here; ${why}`
}

function notesOn({ sourceRanges, affinitySeconds }: Frontend, { source, atHome }: Client): string[] {
  const isOpen = sourceRanges.length === 0 || atHome || source !== undefined
  return [
    ...(isOpen ? [] : [`only for clients in ${sourceRanges.join(', ')}: what others send is dropped without a word`]),
    ...(affinitySeconds > 0 ? [`affinity: a client keeps its endpoint for ${affinitySeconds} s`] : []),
  ]
}

/** Source ranges take the node itself by its own addresses. */
function itselfAt(target: Target, address: Address, outcome: Outcome, { view, client }: Asking): Outcome | null {
  if (!view.node || client.atHome || client.source !== undefined || isLoopback(address)) return null
  const { outcome: itself } = meet({ address, port: target.port, protocol: target.protocol, atHome: true }, view)
  return differ(itself, outcome) ? itself : null
}

function differ(a: Outcome, b: Outcome): boolean {
  return a.action !== b.action || a.errno !== b.errno || a.backends.join() !== b.backends.join()
}
