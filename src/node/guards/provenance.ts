// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { shortRevision } from '../../base/short-revision.ts'
import { clusterIdentity } from '../../spec/cluster-identity.ts'
import type { Guard } from './guard.ts'

/**
 * A revision that this node had, and that another one has replaced since: a stale file, or an older build of a pipeline.
 * Endpoints do not count: a revision names an exposure. After a rollback, the revision that was rolled back is refused until a
 * new one comes. Of a revision that was never here nothing can be told. Where nothing serves, as after a reboot, an older
 * spec is better than none.
 */
export const olderSpec = {
  code: 'older-spec',
  exitCode: EXIT.invalidInput,
  check({ node, entries, revision }) {
    const { current } = node.state
    const newest = entries.at(-1)
    // A build without a history may have applied this revision.
    if (!current || current.revision?.spec === revision) return undefined
    if (!newest || newest.revision === revision) return undefined
    const earlier = entries.findLast(entry => entry.revision === revision)
    if (!earlier) return undefined
    const next = entries.find(entry => entry.sequence > earlier.sequence && entry.revision !== revision)!
    return {
      message: `revision ${shortRevision(revision)} is older than what is applied: ${shortRevision(next.revision)} replaced it at ${next.time}`,
      hint: `if that is what you want, give --allow-older, or balancing rollback --to ${shortRevision(revision)}`,
    }
  },
} as const satisfies Guard

/** The spec of another cluster than the last one, as far as specs tell their cluster. */
export const otherCluster = {
  code: 'other-cluster',
  exitCode: EXIT.invalidInput,
  check({ entries, spec }) {
    const cluster = clusterIdentity(spec)
    const known = entries.findLast(entry => entry.cluster.length > 0)?.cluster
    if (!known || cluster.length === 0 || cluster.some(address => known.includes(address))) return undefined
    return {
      message: `this spec is of another cluster: default/kubernetes is ${cluster.join(', ')}, and was ${known.join(', ')} here`,
      hint: 'if this node has moved, give --allow-other-cluster',
    }
  },
} as const satisfies Guard
