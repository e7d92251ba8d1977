// SPDX-License-Identifier: Apache-2.0
import { type Address, parseAddress } from '../base/address.ts'
import { runChild } from './child.ts'
import { objects, readToolJson } from './tool-json.ts'

/** An address of a device. */
interface DeviceAddress {
  device: string
  address: Address
}

/**
 * The addresses of all devices of this network namespace, also of devices that are down, as that of a node-local DNS cache is; or why
 * they cannot be listed. Reads only.
 */
export async function deviceAddresses(): Promise<DeviceAddress[] | string> {
  const { stdout, stderr, exitCode, failure } = await runChild('ip', ['-j', 'address', 'show'])
  if (failure !== undefined) return failure
  if (exitCode !== 0) return `ip cannot list addresses: ${stderr.trim().split('\n')[0]}`
  return readToolJson('ip', stdout, value => objects<Device>(value).flatMap(addressesOf))
}

function addressesOf({ ifname, addr_info = [] }: Partial<Device>): DeviceAddress[] {
  return objects<Device['addr_info'][number]>(addr_info).flatMap(({ local }) => {
    const address = parseAddress(local ?? '')
    return ifname === undefined || address === undefined ? [] : { device: ifname, address }
  })
}

interface Device {
  ifname: string
  addr_info: { local?: string }[]
}
