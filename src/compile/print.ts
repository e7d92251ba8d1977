// SPDX-License-Identifier: Apache-2.0

import { formatHostPort } from '../base/address.ts'
import { headOf } from '../base/form.ts'
import { formatJson } from '../base/format-json.ts'
import { formatBackend } from '../datapath/backend.ts'
import type { Frontend, Verdict } from './frontend.ts'

/** One row of `compile -o json` (the command contract, DESIGN 8). */
interface Row {
  address: string
  port: number
  protocol: string
  kind: string
  service: string
  portName: string
  affinitySeconds: number
  sourceRanges: string[]
  internal: { action: Verdict['action']; backends: string[] }
  external: { action: Verdict['action']; backends: string[] }
}

/** The JSON contract: one frontend a line, in pieces. A node port is one row, its families together. */
export function* printFrontendsJson(node: string, revision: string, frontends: readonly Frontend[]): Generator<string> {
  const fields = Object.entries({ ...headOf('Frontends'), node, revision })
  yield `{${fields.map(([name, value]) => `"${name}": ${JSON.stringify(value)}, `).join('')}"frontends": [`
  let separator = '\n'
  for (const row of rowsOf(frontends)) {
    yield `${separator}  ${formatJson(row, true)}`
    separator = ',\n'
  }
  yield frontends.length === 0 ? ']}\n' : '\n]}\n'
}

/** Text, in pieces: one line a frontend, and one for its backends; two when clients elsewhere get others. */
export function* printFrontendsText(frontends: readonly Frontend[]): Generator<string> {
  for (const row of rowsOf(frontends)) {
    const name = row.portName === '' ? row.service : `${row.service}:${row.portName}`
    const head = `${formatHostPort(row.address, row.port)}/${row.protocol}  ${row.kind}  ${name}`
    const extra = [
      row.affinitySeconds > 0 ? `affinity ${row.affinitySeconds}s` : '',
      row.sourceRanges.length > 0 ? `from ${row.sourceRanges.join(',')}` : '',
    ]
    const words = [head, ...extra.filter(Boolean)].join('  ')
    const internal = printVerdict(row.internal)
    const external = printVerdict(row.external)
    if (internal === external) yield `${words}\n  -> ${internal}\n`
    else yield `${words}\n  here -> ${internal}\n  elsewhere -> ${external}\n`
  }
}

function printVerdict({ action, backends }: Row['internal']): string {
  return action === 'forward' ? backends.join(' ') : action
}

/** Rows one after the other, so that no more than one has its backends as text. A node port comes where its first family is. */
function* rowsOf(frontends: readonly Frontend[]): Generator<Row> {
  const nodePorts = Map.groupBy(
    frontends.filter(f => f.address === undefined),
    f => `${f.port}/${f.protocol}`,
  )
  for (const frontend of frontends) {
    if (frontend.address !== undefined) {
      yield rowOf(frontend)
      continue
    }
    const [first, ...others] = nodePorts.get(`${frontend.port}/${frontend.protocol}`)!
    if (frontend !== first) continue
    const row = rowOf(frontend)
    for (const twin of others.map(rowOf)) {
      merge(row.internal, twin.internal)
      merge(row.external, twin.external)
    }
    yield row
  }
}

function rowOf(f: Frontend): Row {
  const { port, protocol, kind, service, portName, affinitySeconds, sourceRanges } = f
  const address = f.address === undefined ? 'nodePort' : f.address
  const side = (v: Verdict) => ({ action: v.action, backends: v.backends.map(formatBackend) })
  const rest = { port, protocol, kind, service, portName, affinitySeconds, sourceRanges }
  return { address, ...rest, internal: side(f.internal), external: side(f.external) }
}

const STRENGTH = { forward: 2, drop: 1, reject: 0 } as const

/** Two families of one node port in one row: it forwards if either does. */
function merge(into: Row['internal'], from: Row['internal']): void {
  if (STRENGTH[from.action] > STRENGTH[into.action]) into.action = from.action
  into.backends = [...into.backends, ...from.backends]
}
