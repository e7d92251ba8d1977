import { EXIT } from '../base/exit.ts'
import { type Failure, failure } from '../base/failure.ts'
import type { AttachedProgram } from '../bpf/attached.ts'
import { describeChanges } from '../report/change/changes.ts'
import { isSuspicious, type Losses, lossesFrom, lossesOf } from '../report/change/losses.ts'
import { formatFrontend, type Names } from '../report/change/print.ts'
import type { Changeset } from './changeset.ts'
import type { OpenNode } from './open-node.ts'

/**
 * Refuses work that looks like a mistake in the input (exit 3), or whose effect nobody can tell (exit 4); `--force` skips
 * this.
 */
export function requirePlausible(node: OpenNode, changeset: Changeset, names: Names): void {
  const { orphans, current } = node.state
  if (orphans.length > 0)
    throw orphaned(orphans, node.target.cgroup, 'give --force to detach them when new ones are attached')
  const { observed, desired, changed } = changeset
  if (observed) return requireFewLosses(lossesOf(observed, desired, changed), listOf(changeset, names))
  if (!current?.revision) {
    const message = `the maps under ${current?.pins.path} are damaged, so nobody can say what this would take away`
    throw failure(EXIT.nodeNotReady, 'unreadable-generation', message, 'give --force to build them anew from the spec')
  }
  requireFewLosses(lossesFrom(current.revision.serving, desired), () => '')
}

/** The refusal (exit 4) to go on beside programs that lost their pins. */
export function orphaned(orphans: readonly AttachedProgram[], cgroup: string, hint: string): Failure {
  const list = orphans.map(({ name, id }) => `${name} (id ${id})`).join(', ')
  const message = `programs of balancing at ${cgroup} have lost their pins, and would decide before new ones: ${list}`
  return failure(EXIT.nodeNotReady, 'orphaned-programs', message, hint)
}

/** `list` names the frontends of some of the losses. */
function requireFewLosses(losses: Losses, list: (losses: Losses) => string): void {
  if (!isSuspicious(losses)) return
  const { emptied, serving } = losses
  const message = `${emptied} of ${serving} service ports that serve now would lose their last backend${list(losses)}`
  throw failure(EXIT.invalidInput, 'mass-removal', message, 'if that is what you want, give --force')
}

function listOf({ observed, desired }: Changeset, names: Names): (losses: Losses) => string {
  return ({ examples, emptied }) => {
    const some = describeChanges(examples.slice(0, 5), observed!, desired).map(
      change => names(change.key) ?? formatFrontend(change),
    )
    const more = emptied > some.length ? `, and ${emptied - some.length} more` : ''
    return `: ${some.join(', ')}${more}`
  }
}
