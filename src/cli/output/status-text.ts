// SPDX-License-Identifier: Apache-2.0

import { thousands } from '../../base/count.ts'
import { escapeLine } from '../../base/escape.ts'
import { headOf } from '../../base/form.ts'
import { formatJson } from '../../base/format-json.ts'
import { type Paint, plain, type Tone } from '../../base/paint.ts'
import { shortRevision } from '../../base/short-revision.ts'
import { formatScope } from '../../bpf/generation/socket-scope.ts'
import { formatFilter } from '../../bpf/hooks/foreign-filters.ts'
import type { EdgeCounts } from '../../bpf/maps/edge-counts.ts'
import type { FlowUse } from '../../bpf/maps/flow-use.ts'
import { layoutHash } from '../../datapath/layout.gen.ts'
import type { EdgeStatus } from '../../node/edges/edge-status.ts'
import { formatUnserved } from '../../node/edges/unserved.ts'
import type { Entry } from '../../node/history/entry.ts'
import type { NodeStatus, SyncState } from '../../node/node-status.ts'
import type { MapStatus } from '../../node/status-maps.ts'

/** What `status -o json` prints, on one line or indented. `time`: when the node was inspected. */
export function printStatusJson(status: NodeStatus, time: Date, isOneLine: boolean): string {
  const object = { ...headOf('Status'), time: time.toISOString(), ...status }
  return `${formatJson(object, isOneLine)}\n`
}

const MOST_DRIFT = 20

/** A node's status for a reader: the judgement, then drift, then what the judgement rests on. */
export function printStatus(status: NodeStatus, paint: Paint = plain): string {
  const { syncState, reason, revision, drift, degraded, foreignPrograms, foreignUnknown } = status
  const lines = [
    `${paint(TONES[syncState], syncState.replace('-', ' ').toUpperCase())}  ${escapeLine(reason)}`,
    ...drift.slice(0, MOST_DRIFT).map(({ what }) => `  ${escapeLine(what)}`),
    ...(drift.length > MOST_DRIFT ? [`  … and ${drift.length - MOST_DRIFT} more; -o json has them all`] : []),
    ...(revision === null ? [] : printApplied(revision, status)),
    ...Object.entries(degraded).map(([name, lost]) => `degraded  ${escapeLine(`${name}: ${lost}`)}`),
    ...foreignPrograms.map(
      ({ name, id, hook, cgroup }) =>
        `foreign   ${escapeLine(`${name || '(unnamed)'} (id ${id}) at ${hook} of ${cgroup}`)}`,
    ),
    ...status.foreignFilters.map(filter => `foreign   ${escapeLine(formatFilter(filter))}, before our programs`),
    ...status.unserved.map(group => `no edge   ${escapeLine(formatUnserved(group))}`),
    ...(foreignUnknown === null ? [] : [`foreign   unknown: ${escapeLine(foreignUnknown)}`]),
    ...status.damage.slice(1).map(({ message }) => `damage    ${escapeLine(message)}`),
    ...status.orphanedPrograms.map(
      ({ hook, name, id }) => `orphan    ${escapeLine(name)} (id ${id}) at ${hook}: its pin is gone`,
    ),
  ]
  return `${lines.join('\n')}\n`
}

const TONES: Readonly<Record<SyncState, Tone>> = {
  'in-sync': 'good',
  drifted: 'bad',
  damaged: 'bad',
  unknown: 'warn',
  'nothing-applied': 'warn',
}

function printApplied(revision: string, status: NodeStatus): string[] {
  const { applied, sockets, programs, edges, flows, flowsUnknown, edgeCounts, configMaps, stateMaps } = status
  const memory = [...Object.values(configMaps), ...Object.values(stateMaps)].reduce((sum, map) => sum + map.memory, 0)
  return [
    `revision  ${shortRevision(revision)}${buildNote(status)}`,
    ...(applied === null ? [] : [`applied   ${escapeLine(formatEntry(applied))}`]),
    ...(sockets === 'host' ? [`sockets   ${formatScope(sockets)}`] : []),
    ...Object.entries(programs).map(([name, state]) => `program   ${name.padEnd(14)} ${state}`),
    ...edges.map(edge => `${edge.pod ? 'pod ' : 'edge'}      ${escapeLine(formatEdge(edge))}`),
    ...(flows === null ? [] : formatFlows(flows)),
    ...(flowsUnknown === null ? [] : [`flows     unknown: ${escapeLine(flowsUnknown)}`]),
    ...(edgeCounts === null ? [] : [`packets   ${formatCounts(edgeCounts)}`]),
    ...Object.entries(configMaps).map(([name, map]) =>
      mapLine('map', name, map, `${map.entries} of ${map.maxEntries}`),
    ),
    ...Object.entries(stateMaps).map(([name, map]) => mapLine('state', name, map, roomOf(map))),
    `memory    ${kibibytes(memory)} in all maps`,
  ]
}

/** `eth0           attached, XDP (192.168.1.1, fd00::1)`, `flannel.1      attached (10.244.1.0); no XDP: a device of the kind vxlan …` */
function formatEdge({ device, nat4, nat6, state, missing, xdp, withoutXdp }: EdgeStatus): string {
  const addresses = [nat4, nat6].filter(address => address !== null)
  const how = state === 'incomplete' ? `lacks ${missing.join(', ')}` : state.replace('-', ' ')
  const from = addresses.length === 0 ? '' : ` (${addresses.join(', ')})`
  const without = withoutXdp !== null && !xdp ? `; no XDP: ${withoutXdp}` : ''
  return `${device.padEnd(14)} ${how}${xdp && withoutXdp === null ? ', XDP' : ''}${from}${without}`
}

/** `flows     12,345 in use: TCP 12,000, UDP 345; IPv4 12,000, IPv6 345; 300 masqueraded` and `records   24,990 of 262,144 in use, 17 evicted since …` */
function formatFlows(flows: FlowUse): string[] {
  const { inUse, tcp, udp, ipv4, ipv6, masqueraded, records, maxRecords, evicted, since } = flows
  const n = thousands
  const evictions = evicted === null ? 'evicted: unknown' : `${n(evicted)} evicted since ${since}`
  return [
    `flows     ${n(inUse)} in use: TCP ${n(tcp)}, UDP ${n(udp)}; IPv4 ${n(ipv4)}, IPv6 ${n(ipv6)}; ${n(masqueraded)} masqueraded`,
    `records   ${n(records)} of ${n(maxRecords)} in use, ${evictions}`,
  ]
}

function formatCounts(counts: EdgeCounts): string {
  const { refused, unanswered, dropped, moved, otherPort, portsExhausted, restored } = counts
  return [
    `refused ${refused}, over the limit ${unanswered}`,
    `dropped ${dropped}, for want of a port ${portsExhausted}`,
    `moved ${moved}`,
    `from another port ${otherPort}`,
    `got a record back ${restored}`,
  ].join('; ')
}

function formatEntry({ time, node, build, by }: Entry): string {
  const where = node ?? 'a host outside the cluster'
  return `${time} for ${where} by balancing ${build}${by === 'rollback' ? ' (rollback)' : ''}`
}

function buildNote({ thisBuild, layout }: NodeStatus): string {
  if (thisBuild) return ''
  return layout === layoutHash
    ? '  (programs of another build)'
    : `  (programs of another build, layout ${escapeLine(String(layout))})`
}

function mapLine(kind: string, name: string, { type, memory }: MapStatus, fill: string): string {
  return `${kind.padEnd(9)} ${name.padEnd(15)} ${fill.padEnd(17)} ${type.padEnd(10)} ${kibibytes(memory)}`
}

function roomOf({ type, maxEntries }: MapStatus): string {
  return type === 'sk_storage' ? 'with each socket' : `at most ${maxEntries}`
}

function kibibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`
}
