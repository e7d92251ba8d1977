// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { type Failure, failure } from '../../base/failure.ts'
import type { XdpMode, XdpRecord, XdpRefusal } from '../../bpf/generation/xdp-record.ts'
import type { Untaken } from '../../bpf/hooks/xdp.ts'
import { type Device, isRawIp } from '../../host/devices/device-facts.ts'

/** Which edges get XDP: see XdpMode; `present`: as the current generation has it. */
export type XdpChoice = XdpMode | 'present'

/** Which devices get XDP, and why the others do not. */
export interface XdpPlan {
  /** Undefined: the build that made the generation attaches no XDP. */
  mode: XdpMode | undefined
  /** The command line asks for it: apply fails where a device does not take it. */
  isRequired: boolean
  /** Those that get XDP, by name. */
  devices: ReadonlyMap<string, Pick<Device, 'ifindex' | 'mtu'>>
  /** Why an edge is served by tc alone, by device. */
  without: ReadonlyMap<string, string>
  /** Refusals that stand: the devices are as they were. */
  refusals: readonly XdpRefusal[]
}

/** Without edges. */
export const NO_XDP: XdpPlan = { mode: 'auto', isRequired: false, devices: new Map(), without: new Map(), refusals: [] }

/**
 * Chooses the devices that get XDP. `record`: what the current generation has; `ours`: ids of the programs of balancing.
 * Refuses (exit 4) a device that cannot have what `native` asks for.
 */
export function planXdp(
  edges: readonly Device[],
  choice: XdpChoice,
  record: XdpRecord | undefined,
  ours: ReadonlySet<number>,
): XdpPlan {
  const mode = choice === 'present' ? record?.mode : choice
  const isRequired = choice === 'native'
  const standing = (record?.refusals ?? []).filter(r => edges.some(device => isStanding(r, device)))
  const refusals = isRequired || mode === 'off' ? [] : standing
  const without = new Map<string, string>()
  for (const device of edges) {
    const reason = whyWithout(device, mode, refusals, ours)
    if (reason === undefined) continue
    if (isRequired) throw refused(device.name, reason)
    without.set(device.name, reason)
  }
  const devices = new Map(edges.flatMap(edge => (without.has(edge.name) ? [] : [[edge.name, edge] as const])))
  return { mode, isRequired, devices, without, refusals }
}

/** The plan as it turned out: devices that did not take their program are without. */
export function withRefusals(plan: XdpPlan, untaken: readonly Untaken[]): XdpPlan {
  const refusals = untaken.map(({ device, reason }) => {
    const { ifindex, mtu } = plan.devices.get(device)!
    return { device, ifindex, mtu, reason }
  })
  const devices = new Map([...plan.devices].filter(([name]) => !refusals.some(({ device }) => device === name)))
  const without = new Map([...plan.without, ...refusals.map(r => [r.device, formatRefusal(r)] as const)])
  return { ...plan, devices, without, refusals: [...plan.refusals, ...refusals] }
}

/** What to write down of a plan; undefined of one that is not carried out. */
export function recordOf({ mode, refusals }: XdpPlan): XdpRecord | undefined {
  return mode && { mode, refusals }
}

function isStanding({ device, ifindex, mtu }: XdpRefusal, { name, ...found }: Device): boolean {
  return device === name && ifindex === found.ifindex && mtu === found.mtu
}

function whyWithout(
  device: Device,
  mode: XdpMode | undefined,
  refusals: readonly XdpRefusal[],
  ours: ReadonlySet<number>,
): string | undefined {
  if (mode === undefined) return 'the build that was applied attaches no XDP'
  if (mode === 'off') return 'it is switched off'
  const { xdp } = device
  if (isRawIp(device)) return 'its packets have no Ethernet header'
  if (xdp && !ours.has(xdp.id)) return `the foreign XDP program ${xdp.name} (id ${xdp.id}, ${xdp.mode}) is attached`
  const refusal = refusals.find(r => isStanding(r, device))
  return (mode === 'auto' ? whyNotAuto(device) : undefined) ?? (refusal && formatRefusal(refusal))
}

/** Kinds of devices that have native XDP: hardware, and these of software. */
const ABLE = new Set(['', 'bond', 'tun'])

function whyNotAuto({ kind }: Device): string | undefined {
  if (kind === 'veth')
    return 'the other end of a veth pair takes what XDP transmits only with an XDP program; --xdp native attaches all the same'
  return ABLE.has(kind) ? undefined : `a device of the kind ${kind} has no native XDP`
}

/** `it refuses native XDP: veth: Peer MTU is too large to set XDP (MTU 9000)` */
function formatRefusal({ mtu, reason }: Pick<XdpRefusal, 'mtu' | 'reason'>): string {
  return `it refuses native XDP: ${reason} (MTU ${mtu})`
}

/** What to throw (exit 4) when --xdp native asks for what a device cannot have. */
export function refused(device: string, reason: string): Failure {
  const message = `the device ${device} cannot have native XDP: ${reason}`
  return failure(EXIT.nodeNotReady, 'no-native-xdp', message, 'leave --xdp out: tc serves such an edge alone')
}
