import { formatHostPort } from '../base/address.ts'
import { headOf } from '../base/form.ts'
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

/** The JSON contract: one frontend a line. A node port is one row, its families together. */
export function printFrontendsJson(node: string, revision: string, frontends: readonly Frontend[]): string {
  const rows = rowsOf(frontends).map(row => `  ${JSON.stringify(row)}`)
  const fields = Object.entries({ ...headOf('Frontends'), node, revision })
  const head = `{${fields.map(([name, value]) => `"${name}": ${JSON.stringify(value)}, `).join('')}"frontends": [`
  return rows.length === 0 ? `${head}]}\n` : `${head}\n${rows.join(',\n')}\n]}\n`
}

/** Text: one line a frontend, and one for its backends; two when clients elsewhere get others. */
export function printFrontendsText(frontends: readonly Frontend[]): string {
  return rowsOf(frontends)
    .map(row => {
      const name = row.portName === '' ? row.service : `${row.service}:${row.portName}`
      const head = `${formatHostPort(row.address, row.port)}/${row.protocol}  ${row.kind}  ${name}`
      const extra = [
        row.affinitySeconds > 0 ? `affinity ${row.affinitySeconds}s` : '',
        row.sourceRanges.length > 0 ? `from ${row.sourceRanges.join(',')}` : '',
      ]
      const words = [head, ...extra.filter(Boolean)].join('  ')
      const internal = printVerdict(row.internal)
      const external = printVerdict(row.external)
      if (internal === external) return `${words}\n  -> ${internal}\n`
      return `${words}\n  here -> ${internal}\n  elsewhere -> ${external}\n`
    })
    .join('')
}

function printVerdict({ action, backends }: Row['internal']): string {
  return action === 'forward' ? backends.join(' ') : action
}

function rowsOf(frontends: readonly Frontend[]): Row[] {
  const rows: Row[] = []
  const nodePorts = new Map<string, Row>()
  for (const frontend of frontends) {
    const row = rowOf(frontend)
    const key = `${row.port}/${row.protocol}`
    const twin = frontend.address === undefined ? nodePorts.get(key) : undefined
    if (twin) {
      merge(twin.internal, row.internal)
      merge(twin.external, row.external)
      continue
    }
    if (frontend.address === undefined) nodePorts.set(key, row)
    rows.push(row)
  }
  return rows
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
  into.backends.push(...from.backends)
}
