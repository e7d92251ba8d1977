// SPDX-License-Identifier: Apache-2.0
import type { AgentStatus } from '../../agent/status.ts'
import { count, thousands } from '../../base/count.ts'
import { escapeLine } from '../../base/escape.ts'
import { shortRevision } from '../../base/short-revision.ts'

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
  ]
  return `${lines.map(escapeLine).join('\n')}\n`
}
