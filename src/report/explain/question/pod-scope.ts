// SPDX-License-Identifier: Apache-2.0

import { plainCount } from '../../../base/count.ts'
import { nodeAt } from '../../../compile/viewpoint.ts'
import { formatList } from '../../format-list.ts'
import type { Client, TranslatedAt } from './client.ts'

/** What is translated of the pods of a node: their calls at sockets, and what they send, at the host's sides of their devices. */
export interface PodScope {
  /** Whose sockets: of all processes of the cgroup, or of those in the host network namespace. */
  sockets: 'all' | 'host'
  packets: AskedDevices | InstalledDevices
}

/** Patterns of --pods. */
interface AskedDevices {
  kind: 'asked'
  patterns: readonly string[]
}

/** The devices of pods that have programs; `ofClient`: those to which routes to the client lead, when its address is known. */
interface InstalledDevices {
  kind: 'installed'
  devices: readonly string[]
  ofClient?: readonly string[] | undefined
}

/** The client, with the place where a scope has it translated. Only pods depend on it. */
export function inScope(client: Client, { sockets, packets }: PodScope): Client {
  const isPod = client.translatedAt === 'sockets' && nodeAt(client.viewpoint) && !client.isInHostNetns
  if (!isPod || sockets === 'all') return client
  const [translatedAt, remark] = packets.kind === 'asked' ? ofAsked(packets) : ofInstalled(packets)
  return { ...client, translatedAt, remarks: [remark] }
}

type Place = [translatedAt: TranslatedAt, remark: string]

const LEFT_ALONE = '--sockets host leaves the sockets of pods alone'

function ofAsked({ patterns }: AskedDevices): Place {
  if (patterns.length === 0) return ['nowhere', `${LEFT_ALONE}, and without --pods no device translates their packets`]
  return [
    'pod-device',
    `${LEFT_ALONE}: packets are translated at devices that match --pods ${patterns.join(', ')}, and at no other`,
  ]
}

function ofInstalled({ devices, ofClient }: InstalledDevices): Place {
  if (devices.length === 0) return ['nowhere', `${LEFT_ALONE}, and no device of a pod has programs: apply with --pods`]
  if (ofClient === undefined)
    return [
      'pod-device',
      `${LEFT_ALONE}: packets are translated at the devices ${formatList(devices)}, and at no other`,
    ]
  const served = ofClient.filter(device => devices.includes(device))
  if (served.length === 0)
    return ['nowhere', `${LEFT_ALONE}, and ${deviceOf(ofClient)} has no programs: apply with --pods`]
  const others = ofClient.length - served.length
  const but = others === 0 ? '' : `; the bridge has ${plainCount(others, 'port')} without programs`
  return ['pod-device', `${LEFT_ALONE}: packets of this pod are translated at ${formatList(served)}${but}`]
}

/** What the routes say of a pod's device. */
function deviceOf(devices: readonly string[]): string {
  if (devices.length === 0) return 'the device of this pod, to which no route leads,'
  return devices.length === 1 ? `its device ${devices[0]}` : `its device, one of ${formatList(devices)},`
}
