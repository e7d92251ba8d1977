// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../base/address.ts'
import type { Backend } from '../backend.ts'
import { decode, decodeU32 } from '../codec.ts'
import type { Destination, LookupVerdict } from '../dial.ts'
import type { Image } from '../image.ts'
import { enums } from '../layout.gen.ts'
import { arrive } from './arrive.ts'
import { FIRST_NAT_PORT, type PacketContext } from './context.ts'
import { NO_PACKET_STATE } from './state.ts'

/** Who sends a packet: a client outside, to an edge of the node, or a pod of the node, by its device. */
export type PacketSender = 'outside' | 'pod'

/**
 * What becomes of a new flow of a client, as packets and without a session. An external address is taken for one that no
 * interface of the node has.
 */
export function lookupPacket(image: Image, to: Destination, client: Address, sender: PacketSender): LookupVerdict {
  const { address, port, protocol } = to
  const ifindex = deviceIn(image, sender)
  if (ifindex === undefined || protocol === 'SCTP') return { kind: 'pass' }
  const backends: Backend[] = []
  const context: PacketContext = {
    image,
    ifindex,
    now: 0n,
    choices: {
      backend: (_tuple, _block, list) => {
        backends.push(...list)
        return list[0]!
      },
      clientPort: (_tuple, attempt) => FIRST_NAT_PORT + attempt,
      natPort: (_tuple, attempt) => FIRST_NAT_PORT + attempt,
    },
    node: { hasAddress: () => false, hasSocket: () => false, sends: () => false },
  }
  const source = { address: client, port: FIRST_NAT_PORT }
  const first = {
    kind: 'segment',
    protocol,
    source,
    destination: { address, port },
    opens: protocol === 'TCP',
  } as const
  const { verdict } = arrive(context, NO_PACKET_STATE, first)
  if (verdict === 'translate') return { kind: 'forward', backends }
  return verdict === 'refuse' ? { kind: 'refuse', errno: 'ECONNREFUSED' } : { kind: verdict }
}

/** Do packets from outside meet programs? Devices of pods are not enough. */
export function servesOutside(image: Image): boolean {
  return servesPackets(image, 'outside')
}

/** Do packets of such a sender meet programs? */
export function servesPackets(image: Image, sender: PacketSender): boolean {
  return deviceIn(image, sender) !== undefined
}

/** A device that such packets come by; undefined: the node has none. */
function deviceIn({ devices }: Image, sender: PacketSender): number | undefined {
  const isOfPod = (value: string) => (decode('device', value).flags & enums.device_flags.DEVICE_POD) !== 0
  const device = [...devices].find(([, value]) => isOfPod(value) === (sender === 'pod'))
  return device && decodeU32(device[0])
}
