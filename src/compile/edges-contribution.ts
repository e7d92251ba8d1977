// SPDX-License-Identifier: Apache-2.0
import { foldAddress } from '../base/address.ts'
import { encodeDevice } from '../datapath/check.ts'
import { encodeU32 } from '../datapath/codec.ts'
import { UNSPECIFIED } from '../datapath/keys.ts'
import { enums } from '../datapath/layout.gen.ts'
import { type Contribution, NOTHING } from './contribution.ts'
import type { Edge, Edges } from './edges.ts'
import type { Entry } from './entry.ts'

const { DEVICE_RAW_IP, DEVICE_POD, DEVICE_OTHER_PROXY } = enums.device_flags

/** What the edges of a host add to its image: they, and the addresses at which answers to masqueraded packets arrive. Pure. */
export function edgesContributionOf({ devices, otherProxy }: Edges): Contribution {
  const nats = devices.flatMap(({ nat4, nat6 }) => [nat4, nat6]).filter(nat => nat !== undefined)
  return {
    ...NOTHING,
    entries: devices.map(device => deviceEntry(device, otherProxy)),
    filtered: nats.map(foldAddress),
  }
}

function deviceEntry({ ifindex, nat4, nat6, rawIp, pod }: Edge, otherProxy: boolean): Entry {
  const flags = (rawIp ? DEVICE_RAW_IP : 0) | (pod ? DEVICE_POD : 0) | (otherProxy ? DEVICE_OTHER_PROXY : 0)
  const value = encodeDevice(ifindex, { nat4: nat4 ?? UNSPECIFIED[6], nat6: nat6 ?? UNSPECIFIED[6], flags })
  return { map: 'devices', key: encodeU32(ifindex), value }
}
