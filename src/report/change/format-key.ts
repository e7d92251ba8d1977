// SPDX-License-Identifier: Apache-2.0
import { familyOf } from '../../base/address.ts'
import { protocolOfNumber } from '../../base/protocol.ts'
import { decode } from '../../datapath/codec.ts'
import type { ConfigMap } from '../../datapath/image.ts'
import { addressOfKey, UNSPECIFIED } from '../../datapath/keys.ts'
import { formatFrontend, type Names } from './print.ts'

/** A key of a map as text: `shop/cart:http 10.96.7.21:80/TCP`. */
export function formatKey(map: ConfigMap, key: string, names: Names): string {
  if (map === 'frontends') return `${names(key) ?? '(unknown)'} ${frontendText(key)}`
  if (map === 'addresses') return `the address ${addressOfKey(key)}`
  return TEXT[map]
}

const TEXT: Readonly<Record<Exclude<ConfigMap, 'frontends' | 'addresses'>, string>> = {
  pages: 'a page of a long list of backends',
  members: 'a backend that affinity may keep',
  source_ranges: 'a source range',
  address_filter: 'a line of the address filter',
  port_filter: 'a line of the port filter',
  devices: 'an edge',
  epoch: 'the epoch',
  revision: 'the revision',
}

function frontendText(key: string): string {
  const { address, port, protocol } = decode('frontend_key', key)
  const family = familyOf(address)
  const place = address === UNSPECIFIED[family] ? undefined : address
  return formatFrontend({ address: place, family, port, protocol: protocolOfNumber(protocol) })
}
