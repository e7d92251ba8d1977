// SPDX-License-Identifier: Apache-2.0
import { type Family, parseAddress } from '../../base/address.ts'
import { objects, readToolJson } from '../tool-json.ts'
import type { Route } from './device-facts.ts'

/** What we read of an element of `ip -j route show table all`. */
interface Shown {
  type?: string
  dst: string
  dev?: string
  table?: string | number
  metric?: number
  nexthops?: { dev?: string }[]
}

/** Types that say what the node receives, not where it sends. */
const RECEIVING = new Set(['local', 'broadcast', 'multicast', 'anycast'])

/**
 * The routes of a family that `ip -j -FAMILY route show table all` lists, or why they cannot be read. Such a route as `throw`
 * leads nowhere. Nothing at all is no route, as of a family that the kernel does not have.
 */
export function parseRoutes(json: string, family: Family): Route[] | string {
  return readToolJson(`ip -${family} route`, json.trim() || '[]', value =>
    objects<Shown>(value)
      .filter(({ type = 'unicast' }) => !RECEIVING.has(type))
      .flatMap(route => routeOf(route, family)),
  )
}

function routeOf({ dst, dev, nexthops = [], table = 'main', metric = 0 }: Partial<Shown>, family: Family): Route[] {
  const destination = dst === undefined ? undefined : parseDestination(dst, family)
  if (destination === undefined) return []
  const devices = [...new Set([dev, ...nexthops.map(hop => hop.dev)].filter(name => name !== undefined))]
  return [{ ...destination, family, table: String(table), devices, metric }]
}

/** `default`, `10.0.0.0/8`, `10.0.0.1`. */
function parseDestination(text: string, family: Family): Pick<Route, 'network' | 'prefix'> | undefined {
  const [name = '', length] = text.split('/')
  const width = family === 4 ? 32 : 128
  const bits = name === 'default' ? 0 : length === undefined ? width : Number(length)
  const network = name === 'default' ? ANY[family] : parseAddress(name)
  return network === undefined ? undefined : { network, prefix: bits + 128 - width }
}

const ANY = { 4: '0.0.0.0', 6: '::' } as const
