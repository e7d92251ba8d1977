// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { type Failure, failure } from '../../base/failure.ts'
import { type NodeState, ownPrograms } from '../../bpf/generation/node-state.ts'
import { type Edge, type Edges, NO_EDGES } from '../../compile/edges.ts'
import { type Device, type DeviceFacts, isRawIp, whyNoEdge } from '../../host/devices/device-facts.ts'
import { readDeviceFacts } from '../../host/devices/read-facts.ts'
import { readSources } from '../../host/devices/read-sources.ts'
import type { Spec } from '../../spec/spec.ts'
import { devicesIn } from './edge-change.ts'
import { edgesByFacts } from './edges-by-facts.ts'
import { natAddress, sourceQuestions } from './nat-sources.ts'
import { hasKubeProxy } from './other-proxy.ts'
import { type Places, placesIn } from './places.ts'
import { type Unserved, unservedBackends } from './unserved.ts'
import { requireOneRouter } from './virtual-router.ts'
import { NO_XDP, planXdp, type XdpChoice, type XdpPlan } from './xdp-devices.ts'

/** Which devices get programs: none, those that the facts of the node give, the present edges as far as they exist, or those named. */
export type DeviceChoice = 'none' | 'facts' | 'present' | { named: readonly string[] }

/** The edges of a node at one moment. */
interface ResolvedEdges {
  edges: Edges
  /** Which of them get XDP. */
  xdp: XdpPlan
  /** Backends that no edge leads to. */
  unserved: readonly Unserved[]
  /** Why the facts of the node give no edge; undefined when they do, or were not asked. */
  whyNone?: string | undefined
}

/**
 * Finds the edges for a spec on this machine. Refuses (exit 4) a named device that is not there or that programs cannot serve, and
 * one that cannot have the XDP that is asked for.
 */
export async function resolveEdges(
  choice: DeviceChoice,
  xdpChoice: XdpChoice,
  state: Pick<NodeState, 'current' | 'generations' | 'orphans'>,
  spec: Spec,
  node: string | null,
): Promise<ResolvedEdges> {
  const present = devicesIn(state.current?.manifest.attachments ?? [])
  if (choice === 'none' || (choice === 'present' && present.length === 0)) return NONE
  const facts = await readDeviceFacts()
  const places = placesIn(spec, node)
  const byFacts = choice === 'facts' ? edgesByFacts(facts, places, node) : undefined
  const whyNone = typeof byFacts === 'string' ? byFacts : undefined
  // A network that is being configured anew must not take the last edge away: the edges stay as far as they exist.
  const devices = Array.isArray(byFacts)
    ? byFacts
    : chosenDevices(choice === 'facts' ? 'present' : choice, facts, present)
  if (devices.length === 0) return { ...NONE, whyNone }
  const xdp = planXdp(devices, xdpChoice, state.current?.pins.xdpRecord, ownPrograms(state))
  const names = new Set(devices.map(({ name }) => name))
  const [found, otherProxy] = await Promise.all([edgesOf(facts, devices, places, xdp), hasKubeProxy()])
  return { edges: { devices: found, otherProxy }, xdp, unserved: unservedBackends(facts, places, names), whyNone }
}

const NONE: ResolvedEdges = { edges: NO_EDGES, xdp: NO_XDP, unserved: [] }

function chosenDevices(
  choice: Exclude<DeviceChoice, 'none' | 'facts'>,
  facts: DeviceFacts,
  present: readonly string[],
): Device[] {
  const byName = new Map(facts.devices.flatMap(device => [device.name, ...device.altNames].map(name => [name, device])))
  if (choice === 'present') return inOrder(present.flatMap(name => byName.get(name) ?? []))
  const named = inOrder(choice.named.map(name => requireDevice(name, byName.get(name))))
  requireOneRouter(named, facts.devices)
  return named
}

/** Each device once, by ifindex. */
function inOrder(devices: readonly Device[]): Device[] {
  return [...new Set(devices)].sort((a, b) => a.ifindex - b.ifindex)
}

function requireDevice(name: string, device: Device | undefined): Device {
  if (!device) throw refused('no-device', `there is no device ${name} in this network namespace`)
  const reason = whyNoEdge(device)
  if (reason !== undefined) throw refused('unsupported-device', `the device ${name} cannot be an edge: ${reason}`)
  return device
}

function refused(code: string, message: string): Failure {
  return failure(EXIT.nodeNotReady, code, message, 'ip link shows the devices; --device none serves sockets only')
}

async function edgesOf(facts: DeviceFacts, devices: readonly Device[], places: Places, xdp: XdpPlan): Promise<Edge[]> {
  const questions = sourceQuestions(facts, devices, places)
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
