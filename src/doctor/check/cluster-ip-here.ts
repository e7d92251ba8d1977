// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../base/address.ts'
import { decodeAddress } from '../../datapath/check.ts'
import { decode } from '../../datapath/codec.ts'
import type { Image } from '../../datapath/image.ts'
import { addressKey } from '../../datapath/keys.ts'
import { enums } from '../../datapath/layout.gen.ts'
import { deviceAddresses } from '../../host/device-addresses.ts'
import { namesOf } from '../../node/names.ts'
import type { Check, Machine } from '../check.ts'
import { ok, unknown, warn } from '../finding.ts'
import { NEEDS } from '../other-proxy.ts'

const { ADDRESS_CLUSTER_IP } = enums.address_flags

/** The device to which kube-proxy in IPVS mode gives every cluster IP: the check of IPVS speaks of it. */
const OF_KUBE_PROXY = 'kube-ipvs0'

/**
 * A node-local DNS cache listens at the cluster IP of kube-dns, which is an address of a dummy device of the node. Calls are
 * translated before they reach it.
 */
export const clusterIPHere: Check = {
  name: 'cluster-ip-here',
  about: 'no cluster IP is an address of a device of this node, where a node-local DNS cache may listen',
  needs: NEEDS,
  async run(machine) {
    const { node } = await machine.node()
    const image = await node.observed()
    if (image === undefined) return unknown('this build cannot read maps of another layout, or damaged ones')
    const addresses = await deviceAddresses()
    if (typeof addresses === 'string') return unknown(addresses, 'install iproute2')
    const here = addresses.filter(({ device, address }) => device !== OF_KUBE_PROXY && isClusterIP(image, address))
    if (here.length === 0) return ok('no cluster IP is an address of a device of this node')
    const places = here.map(
      ({ device, address }) => `${address}${ownerOf(image, address, machine)} is an address of ${device}`,
    )
    return warn(
      `${places.join(', ')}: processes and pods reach the backends of the Service, and pass by what listens there, such as a node-local DNS cache`,
      'annotate the Service with balancing.elf.io/exclude: "true", then render and apply',
    )
  },
}

function isClusterIP({ addresses }: Image, address: Address): boolean {
  const key = addressKey(address)
  const value = addresses.get(key)
  return value !== undefined && ((decodeAddress(key, value) ?? 0) & ADDRESS_CLUSTER_IP) !== 0
}

/** ` of kube-system/kube-dns`, as the spec that was applied last has it. */
function ownerOf({ frontends }: Image, address: Address, { saved }: Machine): string {
  const applied = saved()
  if (typeof applied === 'string') return ''
  const names = namesOf(applied.compiled())
  const keys = [...frontends.keys()].filter(key => decode('frontend_key', key).address === address)
  const service = keys
    .map(names)
    .find(name => name !== undefined)
    ?.split(':')[0]
  return service === undefined ? '' : ` of ${service}`
}
