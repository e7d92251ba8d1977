import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import type { Spec } from '../spec/spec.ts'
import type { Entry } from './history/entry.ts'

/** `9f3c1a2b4c5d`: enough of a revision for people. */
export function shortRevision(revision: string): string {
  return revision.slice(0, 12)
}

/**
 * Refuses (exit 3) a revision that this node had, and that another one has replaced since: a stale file, or an older build
 * of a pipeline. Where only endpoints differ from what was put in place last it is no older one: a pod that fails and
 * recovers brings the same bytes back. But after a rollback what was rolled back stays away until a new one comes. Whether a
 * revision that was never here is older than another nobody can say.
 */
export function requireNewer(
  entries: readonly Entry[],
  revision: string,
  isExposureNew: (newest: Entry) => boolean,
): void {
  const newest = entries.at(-1)
  if (!newest || newest.revision === revision) return
  const earlier = entries.findLast(entry => entry.revision === revision)
  if (!earlier || (newest.by !== 'rollback' && !isExposureNew(newest))) return
  const next = entries.find(entry => entry.sequence > earlier.sequence && entry.revision !== revision)!
  const message = `revision ${shortRevision(revision)} is older than what is applied: ${shortRevision(next.revision)} replaced it at ${next.time}`
  const hint = `if that is what you want, give --allow-older, or balancing rollback --to ${shortRevision(revision)}`
  throw failure(EXIT.invalidInput, 'older-spec', message, hint)
}

/** Refuses (exit 3) the spec of another cluster than the one that was applied last, as far as specs say whose they are. */
export function requireSameCluster(entries: readonly Entry[], cluster: readonly string[]): void {
  const known = entries.findLast(entry => entry.cluster.length > 0)?.cluster
  if (!known || cluster.length === 0 || cluster.some(address => known.includes(address))) return
  const message = `this spec is of another cluster: default/kubernetes is ${cluster.join(', ')}, and was ${known.join(', ')} here`
  throw failure(EXIT.invalidInput, 'other-cluster', message, 'if this node has moved, give --allow-other-cluster')
}

/** Refuses (exit 3) a spec that has no Service: every cluster has one. */
export function requireServices({ services }: Spec): void {
  if (services.length > 0) return
  const message = 'the spec has no Service at all, and every cluster has default/kubernetes'
  throw failure(EXIT.invalidInput, 'empty-spec', message, 'if this node should serve nothing, give --force')
}
