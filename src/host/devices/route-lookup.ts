// SPDX-License-Identifier: Apache-2.0
import { type Address, type Family, familyOf, writeAddress } from '../../base/address.ts'
import type { Route } from './device-facts.ts'

/** Finds the routes of an address: in each table those of the longest prefix, of these the ones with the least metric. */
type RouteLookup = (address: Address) => readonly Route[]

/** Reads the tables as the kernel does, but for rules: these decide by more than the destination, so every table counts. */
export function routeLookup(routes: readonly Route[]): RouteLookup {
  const tables = { 4: tablesOf(routes, 4), 6: tablesOf(routes, 6) }
  const bytes = new Uint8Array(16)
  return address => {
    writeAddress(address, bytes, 0)
    return tables[familyOf(address)].flatMap(table => longestMatch(table, bytes))
  }
}

/** The devices to which the routes of an address lead, those of the longest prefix in any table: rules are not read. */
export function devicesOf(routes: readonly Route[]): string[] {
  const longest = Math.max(...routes.map(({ prefix }) => prefix))
  return [...new Set(routes.filter(({ prefix }) => prefix === longest).flatMap(({ devices }) => devices))]
}

/** Of one table: longest prefixes first, each with its routes by their network's leading bits. */
type Table = { prefix: number; routes: Map<string, Route[]> }[]

function tablesOf(routes: readonly Route[], family: Family): Table[] {
  const ofFamily = routes.filter(route => route.family === family)
  return [...Map.groupBy(ofFamily, route => route.table).values()].map(table =>
    [...Map.groupBy(table, route => route.prefix)]
      .sort(([a], [b]) => b - a)
      .map(([prefix, same]) => ({ prefix, routes: Map.groupBy(same, route => networkKey(route)) })),
  )
}

function longestMatch(table: Table, bytes: Uint8Array): readonly Route[] {
  for (const { prefix, routes } of table) {
    const found = routes.get(leadingBits(bytes, prefix))
    if (!found) continue
    const least = Math.min(...found.map(route => route.metric))
    return found.filter(route => route.metric === least)
  }
  return []
}

function networkKey({ network, prefix }: Route): string {
  const bytes = new Uint8Array(16)
  writeAddress(network, bytes, 0)
  return leadingBits(bytes, prefix)
}

function leadingBits(bytes: Uint8Array, prefix: number): string {
  const whole = prefix >> 3
  let key = ''
  for (let i = 0; i < whole; i++) key += String.fromCharCode(bytes[i]!)
  return prefix & 7 ? key + String.fromCharCode(bytes[whole]! & (0xff00 >> (prefix & 7))) : key
}
