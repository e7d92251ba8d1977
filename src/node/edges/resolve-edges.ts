// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { Failure, failure } from '../../base/failure.ts'
import { type NodeState, ownPrograms } from '../../bpf/generation/node-state.ts'
import { type Edge, type Edges, NO_EDGES } from '../../compile/edges.ts'
import { type Device, type DeviceFacts, isRawIp, whyNoEdge } from '../../host/devices/device-facts.ts'
import { readDeviceFacts } from '../../host/devices/read-facts.ts'
import { readSources } from '../../host/devices/read-sources.ts'
import type { Spec } from '../../spec/spec.ts'
import { inTurns } from '../in-turns.ts'
import { devicesIn, isOfPod } from './edge-change.ts'
import { edgesByFacts } from './edges-by-facts.ts'
import { natAddress, sourceQuestions } from './nat-sources.ts'
import { hasKubeProxy } from './other-proxy.ts'
import { type Places, placesIn } from './places.ts'
import { pickPodDevices, podEdge } from './pod-devices.ts'
import { type Unserved, unservedBackends } from './unserved.ts'
import { requireOneRouter } from './virtual-router.ts'
import { NO_XDP, planXdp, type XdpChoice, type XdpPlan } from './xdp-devices.ts'

/** Which devices get programs: none, those that the facts of the node give, the present edges as far as they exist, or those named. */
export type DeviceChoice = 'none' | 'facts' | 'present' | { named: readonly string[] }

/** Which devices are the host's sides of pods': the present ones as far as they exist, or those that match a pattern. */
export type PodChoice = 'present' | readonly string[]

/** The edges of a node at one moment, those of pods among them. */
interface ResolvedEdges {
  edges: Edges
  /** Which of them get XDP. */
  xdp: XdpPlan
  /** Backends that no edge leads to. */
  unserved: () => readonly Unserved[]
  /** Why the facts of the node give no edge; undefined when they do, or were not asked. */
  whyNone?: string | undefined
  /** Patterns of pods' devices that no device matches. */
  unmatched: readonly string[]
  /** Messages of what a lenient choice passes over. */
  passedOver: readonly string[]
}

/** Which devices an apply attaches programs to. */
export interface EdgeChoice {
  devices: DeviceChoice
  xdp: XdpChoice
  pods: PodChoice
  /** What is refused otherwise, a named device that is missing or not suited, and a pod's that cannot be one, is passed over. */
  isLenient?: true
}

/** As the current generation has it. */
export const PRESENT_EDGES: EdgeChoice = { devices: 'present', xdp: 'present', pods: 'present' }

/**
 * Finds the edges and the pods' devices for a spec on this machine. Refuses (exit 4) a named device that is not there or that
 * programs cannot serve, one that cannot have the XDP that is asked for, and one that cannot be a pod's; see isLenient.
 */
export async function resolveEdges(
  choice: EdgeChoice,
  state: Pick<NodeState, 'current' | 'generations' | 'orphans'>,
  spec: Spec,
  node: string | null,
): Promise<ResolvedEdges> {
  const recorded = state.current?.manifest.attachments ?? []
  const present = devicesIn(recorded.filter(attachment => !isOfPod(attachment)))
  const patterns = choice.pods === 'present' ? devicesIn(recorded.filter(isOfPod)) : choice.pods
  const needsEdges = choice.devices !== 'none' && (choice.devices !== 'present' || present.length > 0)
  if (!needsEdges && patterns.length === 0) return NONE
  const facts = await readDeviceFacts()
  const places = await inTurns(placesIn(spec, node))
  const byFacts = choice.devices === 'facts' ? await inTurns(edgesByFacts(facts, places, node)) : undefined
  const whyNone = typeof byFacts === 'string' ? byFacts : undefined
  // A network that is being configured anew must not take the last edge away: the edges stay as far as they exist.
  const refused: Failure[] = []
  const devices = Array.isArray(byFacts)
    ? byFacts
    : chosenDevices(choice.devices === 'facts' ? 'present' : choice.devices, facts, present, refused)
  const names = new Set(devices.map(({ name }) => name))
  const pods = choice.pods === 'present' ? presentPods(facts, patterns) : podsOf(facts, patterns, names, refused)
  if (refused[0] && !choice.isLenient) throw refused[0]
  const passedOver = refused.map(({ message }) => message)
  if (devices.length + pods.devices.length === 0) return { ...NONE, whyNone, unmatched: pods.unmatched, passedOver }
  const xdp = planXdp(devices, choice.xdp, state.current?.pins.xdpRecord, ownPrograms(state))
  const [found, otherProxy] = await Promise.all([edgesOf(facts, devices, places, xdp), hasKubeProxy()])
  const ofPods = pods.devices.map(device => podEdge(device, facts.devices, places.own))
  return {
    edges: { devices: [...found, ...ofPods], otherProxy },
    xdp,
    // Pods need no edge: what a backend answers comes back by the pod's device.
    unserved: () => (devices.length === 0 ? [] : unservedBackends(facts, places, names)),
    whyNone,
    unmatched: pods.unmatched,
    passedOver,
  }
}

const NONE: ResolvedEdges = { edges: NO_EDGES, xdp: NO_XDP, unserved: () => [], unmatched: [], passedOver: [] }

type Pods = Pick<ReturnType<typeof pickPodDevices>, 'devices' | 'unmatched'>

/** Pods go, and their devices with them. */
function presentPods({ devices }: DeviceFacts, names: readonly string[]): Pods {
  return { devices: devices.filter(({ name }) => names.includes(name)), unmatched: [] }
}

/** Adds to `refused` what cannot be a pod's. */
function podsOf(
  { devices }: DeviceFacts,
  patterns: readonly string[],
  edges: ReadonlySet<string>,
  refused: Failure[],
): Pods {
  const { refused: bad, ...pods } = pickPodDevices(devices, patterns, edges)
  for (const { pattern, device, reason } of bad) {
    const message = `--pods ${pattern} matches ${device}, which cannot be the device of a pod: ${reason}`
    const hint = 'give a pattern that matches devices of pods only'
    refused.push(failure(EXIT.nodeNotReady, 'no-pod-device', message, hint))
  }
  return pods
}

/** Adds to `refused` what is named and cannot be an edge. */
function chosenDevices(
  choice: Exclude<DeviceChoice, 'facts'>,
  facts: DeviceFacts,
  present: readonly string[],
  refused: Failure[],
): Device[] {
  if (choice === 'none') return []
  const byName = new Map(facts.devices.flatMap(device => [device.name, ...device.altNames].map(name => [name, device])))
  if (choice === 'present') return inOrder(present.flatMap(name => byName.get(name) ?? []))
  const found = choice.named.map(name => suitedDevice(name, byName.get(name)))
  refused.push(...found.filter(device => device instanceof Failure))
  const named = inOrder(found.filter((device): device is Device => !(device instanceof Failure)))
  requireOneRouter(named, facts.devices)
  return named
}

/** Each device once, by ifindex. */
function inOrder(devices: readonly Device[]): Device[] {
  return [...new Set(devices)].sort((a, b) => a.ifindex - b.ifindex)
}

function suitedDevice(name: string, device: Device | undefined): Device | Failure {
  if (!device) return unsuited('no-device', `there is no device ${name} in this network namespace`)
  const reason = whyNoEdge(device)
  return reason === undefined
    ? device
    : unsuited('unsupported-device', `the device ${name} cannot be an edge: ${reason}`)
}

function unsuited(code: string, message: string): Failure {
  return failure(EXIT.nodeNotReady, code, message, 'ip link shows the devices; --device none serves sockets only')
}

async function edgesOf(facts: DeviceFacts, devices: readonly Device[], places: Places, xdp: XdpPlan): Promise<Edge[]> {
  const questions = await inTurns(sourceQuestions(facts, devices, places))
  const answers = await readSources(questions)
  return devices.map(device => ({
    device: device.name,
    ifindex: device.ifindex,
    nat4: natAddress(device, 4, questions, answers),
    nat6: natAddress(device, 6, questions, answers),
    rawIp: isRawIp(device),
    xdp: xdp.devices.has(device.name),
  }))
}
