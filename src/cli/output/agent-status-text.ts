// SPDX-License-Identifier: Apache-2.0
import type { ExposureStatus } from '../../agent/gate/exposure-status.ts'
import type { AgentStatus } from '../../agent/status.ts'
import { count, thousands } from '../../base/count.ts'
import { escapeLine } from '../../base/escape.ts'
import { shortRevision } from '../../base/short-revision.ts'
import { formatList } from '../../report/format-list.ts'
import { SIGNS } from '../../report/review/print/format.ts'

/** An agent's status for a reader: the judgement, then what it rests on. */
export function printAgentStatus(status: AgentStatus): string {
  const { state, reason, pid, mode, node, started, revision, applied, flushed, flushes, writes, drift } = status
  const lines = [
    `${state.replace('-', ' ').toUpperCase()}${reason === null ? '' : `  ${reason}`}`,
    `agent     process ${pid}, mode ${mode}, for ${node === null ? 'a host outside the cluster' : `node ${node}`}, since ${started}`,
    ...(revision === null ? [] : [`revision  ${shortRevision(revision)}`]),
    ...(applied === null ? [] : [`applied   ${applied}`]),
    ...(flushed === null ? [] : [`changed   ${flushed}: ${count(writes, 'write')} in ${count(flushes, 'plan')}`]),
    ...(drift === 0 ? [] : [`drift     ${drift === 1 ? '1 entry' : `${thousands(drift)} entries`} repaired`]),
    ...Object.entries(status.watches).map(
      ([kind, { connected, server, reason }]) =>
        `watch     ${kind.padEnd(15)} ${connected ? `connected to ${server}` : `not connected: ${reason}`}`,
    ),
    ...(status.checkpoint === null ? [] : [`saved     ${status.checkpoint}`]),
    ...(status.exposure === null ? [] : exposureLines(status.exposure)),
  ]
  return `${lines.map(escapeLine).join('\n')}\n`
}

/** So many Services are listed; -o json has all. */
const MOST_PENDING = 20

function exposureLines({
  gate,
  source,
  revision,
  taken,
  rejected,
  held,
  pendingServices,
  pending,
  absent,
}: ExposureStatus): string[] {
  const which = revision === null ? 'none yet' : `revision ${shortRevision(revision)}`
  const listed = pending.slice(0, MOST_PENDING)
  return [
    `exposure  ${which}, from the ${source}${taken === null ? '' : `, taken ${taken}`}`,
    ...(rejected ? [`rejected  since ${rejected.since}: ${rejected.reason}`] : []),
    ...(held ? [formatHold(held)] : []),
    `pending   ${pendingServices === 0 ? 'nothing waits' : `${count(pendingServices, 'Service')} wait${pendingServices === 1 ? 's' : ''}`} for a review, gate ${gate}`,
    ...listed.map(({ service, risk, summary }) => `  ${SIGNS[risk].sign} ${service}  ${summary}`),
    ...(pendingServices > listed.length ? [`  and ${pendingServices - listed.length} more: -o json lists more`] : []),
    ...(absent.length === 0 ? [] : [`absent    reviewed, and not in the API: ${formatList(absent)}`]),
  ]
}

function formatHold({ since, by, reason, waiting }: NonNullable<ExposureStatus['held']>): string {
  const next = waiting === null ? '' : `; revision ${shortRevision(waiting)} waits for balancing agent release`
  return `held      since ${since} by ${by}${reason === '' ? '' : `: ${reason}`}${next}`
}
