// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { describeChanges } from '../../report/change/changes.ts'
import { isSuspicious, type Losses, lossesFrom, lossesOf, lossesOutside } from '../../report/change/losses.ts'
import { formatFrontend } from '../../report/change/print.ts'
import { formatOrphans } from '../orphans.ts'
import type { Guard, GuardSubject } from './guard.ts'

/** Programs that lost their pins would decide before new ones. */
export const orphanedPrograms = {
  code: 'orphaned-programs',
  exitCode: EXIT.nodeNotReady,
  check: ({ node: { state, target } }) =>
    state.orphans.length === 0
      ? undefined
      : {
          message: formatOrphans(state.orphans, target.cgroup),
          hint: 'give --force to detach them when new ones are attached',
        },
} as const satisfies Guard

/** Without readable maps and without a revision there is no telling what the apply removes. */
export const unreadableGeneration = {
  code: 'unreadable-generation',
  exitCode: EXIT.nodeNotReady,
  check({ node, changeset }) {
    const { current } = node.state
    if (changeset.observed || current?.revision) return undefined
    return {
      message: `the maps under ${current?.pins.path} are damaged: balancing cannot tell what this apply would remove`,
      hint: 'give --force to build them anew from the spec',
    }
  },
} as const satisfies Guard

/** A spec that takes the last backend from many service ports is more often a broken export than a wish. */
export const massRemoval = {
  code: 'mass-removal',
  exitCode: EXIT.invalidInput,
  check(subject) {
    const losses = lossesIn(subject)
    if (losses && isSuspicious(losses)) return refusal(losses, subject, '')
    const outside = lossesOutsideIn(subject)
    return outside && isSuspicious(outside) ? refusal(outside, subject, ' for clients outside') : undefined
  },
} as const satisfies Guard

function refusal(losses: Losses, subject: GuardSubject, whom: string) {
  const { emptied, serving } = losses
  return {
    message: `${emptied} of ${serving} service ports that serve now would lose their last backend${whom}${listOf(losses, subject)}`,
    hint: 'if that is what you want, give --force',
  }
}

/** A spec without a Service is a broken export: every cluster has default/kubernetes. */
export const emptySpec = {
  code: 'empty-spec',
  exitCode: EXIT.invalidInput,
  check: ({ spec }) =>
    spec.services.length > 0
      ? undefined
      : {
          message: 'the spec has no Service at all, and every cluster has default/kubernetes',
          hint: 'if this node should serve nothing, give --force',
        },
} as const satisfies Guard

function lossesIn({ node, changeset: { observed, desired, changed } }: GuardSubject): Losses | undefined {
  if (observed) return lossesOf(observed, desired, changed)
  const serving = node.state.current?.revision?.serving
  return serving === undefined ? undefined : lossesFrom(serving, desired)
}

function lossesOutsideIn({ changeset: { observed, desired, changed } }: GuardSubject): Losses | undefined {
  return observed && lossesOutside(observed, desired, changed)
}

const MOST_EXAMPLES = 5

/** `: shop/cart:http, shop/web:http, and 7 more`; empty when only their number is known. */
function listOf({ examples, emptied }: Losses, { changeset: { observed, desired }, names }: GuardSubject): string {
  if (!observed) return ''
  const changes = describeChanges(examples.slice(0, MOST_EXAMPLES), observed, desired)
  const some = changes.map(change => names(change.key) ?? formatFrontend(change))
  const more = emptied > some.length ? `, and ${emptied - some.length} more` : ''
  return `: ${some.join(', ')}${more}`
}
