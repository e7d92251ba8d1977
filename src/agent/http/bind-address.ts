// SPDX-License-Identifier: Apache-2.0
import { familyOf, formatHostPort, parseAddress } from '../../base/address.ts'

/** Where a server listens. */
export interface BindAddress {
  /** Undefined for all addresses of both families, as kube-proxy reads `0.0.0.0` and `::`. */
  host: string | undefined
  port: number
}

/** Parses `127.0.0.1:10249`, `[::1]:10249`, `0.0.0.0:10256` or `:10256`; undefined when it is none of these. */
export function parseBindAddress(text: string): BindAddress | undefined {
  const [, bracketed, bare, digits] = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (!(port >= 1 && port <= 65_535)) return undefined
  if (bare === '') return { host: undefined, port }
  const host = parseAddress(bracketed ?? bare!)
  if (host === undefined || (familyOf(host) === 6) !== (bracketed !== undefined)) return undefined
  return { host: host === '0.0.0.0' || host === '::' ? undefined : host, port }
}

export function formatBindAddress({ host, port }: BindAddress): string {
  return host === undefined ? `port ${port}` : formatHostPort(host, port)
}
