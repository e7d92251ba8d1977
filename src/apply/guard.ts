import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import { describeChanges } from '../diff/changes.ts'
import { isSuspicious, lossesOf } from '../diff/losses.ts'
import { formatFrontend, type Names } from '../diff/print.ts'
import type { OpenNode } from './node.ts'
import type { Work } from './work.ts'

/** Refuses work that looks like a mistake in the input (exit 3); `--force` skips this. */
export function requirePlausible(node: OpenNode, work: Work, names: Names): void {
  const { current } = node.state
  if (current && !current.maps) {
    const message = `the maps under ${current.pins.path} are damaged, so nobody can say what this would take away`
    throw failure(EXIT.nodeNotReady, 'unreadable-generation', message, 'give --force to build them anew from the spec')
  }
  requireFewLosses(work, names)
}

function requireFewLosses({ observed, desired, changed }: Work, names: Names): void {
  const losses = lossesOf(observed, desired, changed)
  if (!isSuspicious(losses)) return
  const some = describeChanges(losses.examples.slice(0, 5), observed, desired).map(
    change => names(change.key) ?? formatFrontend(change),
  )
  const more = losses.emptied > some.length ? `, and ${losses.emptied - some.length} more` : ''
  const message = `${losses.emptied} of ${losses.serving} service ports that serve now would lose their last backend: ${some.join(', ')}${more}`
  throw failure(EXIT.invalidInput, 'mass-removal', message, 'if that is what you want, give --force')
}
