// SPDX-License-Identifier: Apache-2.0
import { hasErrors } from '../base/diagnostic.ts'
import { EXIT } from '../base/exit.ts'
import { Failure, failure } from '../base/failure.ts'
import { shortRevision } from '../base/short-revision.ts'
import { parseSpec } from '../spec/parse.ts'
import type { Spec } from '../spec/spec.ts'
import { withEndpointsOf } from '../spec/with-endpoints-of.ts'
import { type ApplyRequest, type ApplyResult, apply } from './apply.ts'
import { formatNode } from './compile-for.ts'
import type { EventSink, Notice } from './events.ts'
import { ALL_WAIVERS } from './guards/guards.ts'
import type { Entry } from './history/entry.ts'
import type { History } from './history/history.ts'
import { entryBefore, entryWith } from './history/target.ts'
import type { LockedNode } from './lock-node.ts'

/** Which exposure to go back to, and how. */
interface RollbackRequest extends Pick<ApplyRequest, 'build' | 'dryRun' | 'devices' | 'xdp' | 'pods' | 'sockets'> {
  /** The revision, or how it begins; without it the one before the one that is applied. */
  to?: string | undefined
  /** Waives every guard. */
  force: boolean
}

/**
 * Applies an exposure of the history again, with the endpoints that were applied last. A Service or a port that is not in the spec
 * applied last comes with the endpoints kept with its revision; a notice names it. Fails as apply does; exit 3 too when there
 * is no such revision, and 4 when the history is damaged.
 */
export async function rollback(
  node: LockedNode,
  history: History,
  { to, force, ...rest }: RollbackRequest,
  events: EventSink,
): Promise<ApplyResult> {
  const notice = (code: string, message: string, severity: Notice['severity'] = 'note') =>
    events({ kind: 'notice', severity, code, message })
  const entries = history.entries()
  const isUnfinished = to === undefined && entries.length > 0 && history.hasUnfinished()
  if (isUnfinished)
    notice('unfinished-apply', 'an apply was not finished; this goes back to what was applied before it')
  const applied = node.state.current?.revision?.spec
  const entry =
    to !== undefined ? entryWith(entries, to) : isUnfinished ? entries.at(-1)! : entryBefore(entries, applied)
  const newest = entries.at(-1)!
  if (entry.node !== newest.node)
    notice('other-node', `that was applied for ${formatNode(entry.node)}, the latest for ${formatNode(newest.node)}`)
  const spec = specToApply(history, entry, newest, force, notice)
  // That it is older, or of another cluster, is what the caller asks for.
  const waived = force ? ALL_WAIVERS : new Set(['older-spec', 'other-cluster'] as const)
  return apply(node, history, { spec, node: entry.node, by: 'rollback', ...rest, waived }, events)
}

function specToApply(
  history: History,
  entry: Entry,
  newest: Entry,
  force: boolean,
  notice: (code: string, message: string, severity?: Notice['severity']) => void,
): Spec {
  const kept = readSpec(history, entry)
  if (entry.sequence === newest.sequence) return kept
  const revision = shortRevision(entry.revision)
  const current = latestSpec(history, newest, force)
  if (typeof current === 'string') {
    notice('kept-endpoints', `all endpoints are those kept with revision ${revision}: ${current}`, 'warning')
    return kept
  }
  const { spec, fromKept } = withEndpointsOf(kept, current)
  if (fromKept.length > 0)
    notice(
      'kept-endpoints',
      `not in the spec applied last: ${listOf(fromKept)}; the endpoints are those kept with revision ${revision}`,
    )
  return spec
}

/** The spec applied last; with `force`, why it cannot be read. */
function latestSpec(history: History, newest: Entry, force: boolean): Spec | string {
  try {
    return readSpec(history, newest)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (force) return error.message
    const hint = 'the endpoints applied last are in that file; give --force to take those kept with the revision'
    throw failure(error.exitCode, 'no-latest-endpoints', error.message, hint)
  }
}

function readSpec(history: History, entry: Entry): Spec {
  const { value, diagnostics } = parseSpec(history.specText(entry), history.specPath(entry))
  if (value === undefined || hasErrors(diagnostics)) throw new Failure(EXIT.nodeNotReady, diagnostics)
  return value
}

const MOST_NAMES = 5

function listOf(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''
  return `${names.slice(0, MOST_NAMES).join(', ')}${more}`
}
