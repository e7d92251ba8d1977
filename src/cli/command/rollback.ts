import type { Command } from 'commander'
import { hasErrors } from '../../base/diagnostic.ts'
import { EXIT } from '../../base/exit.ts'
import { Failure, failure } from '../../base/failure.ts'
import { shortRevision } from '../../base/short-revision.ts'
import { type ApplyRequest, apply } from '../../node/apply.ts'
import { formatNode } from '../../node/compile-for.ts'
import type { Entry } from '../../node/history/entry.ts'
import type { History } from '../../node/history/history.ts'
import { entryNamed } from '../../node/history/runs.ts'
import { type LockedNode, lockNode } from '../../node/lock-node.ts'
import { parseSpec } from '../../spec/parse.ts'
import { type ApplyOptions, requestOf, showResult, withApply } from '../flag/apply-options.ts'
import { historyOf, targetOf } from '../flag/target.ts'
import { documented } from '../help/help.ts'
import { showEvent } from '../output/events.ts'
import { progress, say } from '../output/streams.ts'

interface Options extends ApplyOptions {
  to?: string
}

export function rollbackCommand(program: Command): void {
  const command = withApply(program.command('rollback'))
    .summary('put back a spec that this node had before')
    .option('--to <revision>', 'the revision, or how it begins (default: the one before the one in place)')
    .action(run)
  documented(command, {
    examples: [
      ['balancing rollback --dry-run', 'what going back would change'],
      ['balancing rollback', 'the revision before this one; a second time this one again'],
      ['balancing rollback --to 9f3c1a2b', 'a revision that balancing history lists'],
    ],
    exits: {
      0: 'the node does what that spec says',
      3: 'there is no such revision, or going back looks like a mistake (--force if it is none)',
      4: 'the node is not ready, or the history is damaged',
      5: 'it failed, the old state is intact',
      6: 'it failed half-way; every frontend is wholly old or wholly new: run it again with --to',
    },
  })
}

async function run(options: Options): Promise<void> {
  const started = performance.now()
  const history = historyOf(options)
  progress('inspecting the node')
  await using node = await lockNode(targetOf(options), options.lockTimeout)
  const result = await apply(node, history, choose(options, history, node), showEvent)
  showResult(result, 'rolled back to', performance.now() - started)
}

/** That it is older, or of another cluster, is what was asked for. */
function choose(options: Options, history: History, { state }: LockedNode): ApplyRequest {
  const { to } = options
  const entries = history.entries()
  const entry = to === undefined ? before(state.current?.revision?.spec, entries, history) : find(to, entries)
  const { value, diagnostics } = parseSpec(history.specText(entry), history.specPath(entry))
  if (value === undefined || hasErrors(diagnostics)) throw new Failure(EXIT.nodeNotReady, diagnostics)
  const newest = entries.at(-1)!
  if (entry.node !== newest.node)
    say(`note: that was put in place for ${formatNode(entry.node)}, the latest for ${formatNode(newest.node)}`)
  return requestOf(value, entry.node, 'rollback', options, ['older-spec', 'other-cluster'])
}

/** The newest one that is not in place. An apply that broke off leaves a mixture, so then it is the one before that apply. */
function before(inPlace: string | undefined, entries: readonly Entry[], history: History): Entry {
  const isUnfinished = entries.length > 0 && history.hasUnfinished()
  if (isUnfinished) say('note: an apply was not finished; this goes back to what was in place before it')
  const revision = entryNamed(entries, inPlace)?.revision
  const found = isUnfinished ? entries.at(-1) : entries.findLast(entry => entry.revision !== revision)
  if (found) return found
  const message = 'there is nothing to go back to: nothing else was put in place here'
  throw failure(EXIT.invalidInput, 'no-earlier-revision', message, 'balancing history shows what was')
}

/** Shorter beginnings of a revision are rather a slip. */
const LEAST_DIGITS = 4

function find(to: string, entries: readonly Entry[]): Entry {
  const wanted = to.toLowerCase()
  const found =
    to.length < LEAST_DIGITS ? [] : entries.filter(e => e.revision.startsWith(wanted) || e.spec.startsWith(wanted))
  const revisions = new Set(found.map(entry => entry.revision))
  if (revisions.size === 1) return found.at(-1)!
  const known = [...new Set(entries.map(entry => shortRevision(entry.revision)))].join(', ')
  const message = revisions.size > 1 ? `more than one revision begins with ${to}` : `no revision here begins with ${to}`
  const hint = known === '' ? 'nothing was put in place here yet' : `there are ${known}`
  throw failure(EXIT.invalidInput, 'unknown-revision', message, hint)
}
