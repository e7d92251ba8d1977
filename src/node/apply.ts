import { type Command, InvalidArgumentError } from 'commander'
import { EXIT } from '../base/exit.ts'
import { Failure } from '../base/failure.ts'
import { requireRoom } from '../bpf/foreign-programs.ts'
import { programsFor } from '../bpf/programs.ts'
import { VERSION } from '../cli/command/version.ts'
import {
  historyOf,
  type StateOptions,
  type TargetOptions,
  targetOf,
  withState,
  withTarget,
} from '../cli/flag/target.ts'
import { compileFor, type PlaceOptions } from '../cli/input/spec-file.ts'
import { printDryRun, printEnded, printOutcome, printProblems } from '../cli/output/outcome-text.ts'
import { answer, progress, say } from '../cli/output/streams.ts'
import { staleIn } from '../compile/stale.ts'
import { nodeAt } from '../compile/viewpoint.ts'
import type { Names } from '../report/change/print.ts'
import { canonicalTextOf } from '../spec/canonical/text.ts'
import { clusterIdentity } from '../spec/cluster-identity.ts'
import { exposureOf } from '../spec/exposure.ts'
import { revisionOf } from '../spec/revision.ts'
import type { Spec } from '../spec/spec.ts'
import { type Changeset, isDone, planChangeset } from './changeset.ts'
import { destroyStaleSockets } from './destroy-stale-sockets.ts'
import { dryRun } from './dry-run.ts'
import { execute, finishHandover } from './execute.ts'
import { requirePlausible } from './guard.ts'
import { requireNewer, requireSameCluster, requireServices, shortRevision } from './guard-history.ts'
import type { Entry } from './history/entry.ts'
import type { History } from './history/history.ts'
import { entriesOf, type Kept, keep } from './history/record.ts'
import { namesOf, withSaved } from './names.ts'
import { notesOn } from './notes.ts'
import { type OpenNode, openNode } from './open-node.ts'

/** How to put a spec in place. */
export interface PutOptions extends TargetOptions, StateOptions {
  dryRun?: boolean
  force?: boolean
  lockTimeout: number
}

/** What to put in place, and what looks like a mistake and is none. */
export interface Choice {
  spec: Spec
  place: PlaceOptions
  by: 'apply' | 'rollback'
  allowOlder?: boolean | undefined
  allowOtherCluster?: boolean | undefined
  /** Refuses work that is not what was asked for. */
  require?: (node: OpenNode, changeset: Changeset, names: Names) => void
}

/** The flags of a command that puts a spec in place. */
export function withPut(command: Command): Command {
  return withState(withTarget(command))
    .option('--dry-run', 'show what would be done; load the programs and fill the maps, and remove them again')
    .option('--force', 'go on where the change looks like a mistake')
    .option('--lock-timeout <seconds>', 'how long to wait for another balancing', seconds, 10)
}

function seconds(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 3600) throw new InvalidArgumentError('0 to 3600 seconds')
  return value
}

/** Makes a node do what a spec says. `choose` is asked which one when the node is locked. */
export async function putInPlace(
  options: PutOptions,
  choose: (history: History, node: OpenNode) => Choice,
): Promise<void> {
  const { dryRun = false, force = false, lockTimeout } = options
  const started = performance.now()
  const history = historyOf(options)
  progress('looking at the node')
  const node = await openNode(targetOf(options), lockTimeout)
  try {
    const choice = choose(history, node)
    const { spec, place, by } = choice
    const compiled = compileFor(spec, place)
    const revision = revisionOf(spec)
    const changeset = await planChangeset(node, compiled.image, revision)
    const names = withSaved(namesOf(compiled), history)
    choice.require?.(node, changeset, names)
    // Where nothing serves, as after a reboot, it is better to serve than to remember.
    const mayForget = force || node.state.current === undefined
    if (!force) requireExpected(node, changeset, names, revision, history, entriesOf(history, mayForget), choice)
    if (changeset.rebuild) requireRoom(node.state, programsFor(changeset.desired))
    for (const note of await notesOn(compiled, node, changeset)) say(`note: ${note}`)
    if (dryRun) return await tryOut(node, changeset, names)
    const facts = { by, node: nodeAt(compiled.viewpoint)?.name ?? null, build: VERSION, programs: node.programs }
    const kept = keep(history, spec, revision, { ...facts, cluster: clusterIdentity(spec) }, mayForget)
    const wasDone = isDone(changeset)
    if (!wasDone) progress('programming')
    const serving = wasDone ? node.state.current! : await execute(node, changeset).catch(error => giveUp(error, kept))
    if (wasDone) await finishHandover(node, serving)
    kept.commit()
    const destroyed = await destroyStaleSockets(node, serving, staleIn(spec))
    for (const problem of printProblems(destroyed)) say(problem)
    if (wasDone) return answer(`${printEnded(destroyed)}no changes: revision ${shortRevision(revision)} is in place\n`)
    const seconds = ((performance.now() - started) / 1000).toFixed(2)
    const outcome = printOutcome(changeset, names) + printEnded(destroyed)
    const what = by === 'rollback' ? 'rolled back to' : 'applied'
    answer(`${outcome}${what} revision ${shortRevision(revision)} in ${seconds} s, read back and equal\n`)
  } finally {
    await node.close()
  }
}

async function tryOut(node: OpenNode, changeset: Changeset, names: Names): Promise<void> {
  progress('trying')
  say(`checked: ${await dryRun(node, changeset)}`)
  answer(printDryRun(changeset, names))
}

/** A mixture is not forgotten: `rollback` goes back to what was in place before it. */
function giveUp(error: unknown, kept: Kept): never {
  if (error instanceof Failure && error.exitCode !== EXIT.applyFailedMixed) kept.discard()
  throw error
}

/** Refuses what looks like a mistake; each refusal names the flag that overrides it, --force overrides them all. */
function requireExpected(
  node: OpenNode,
  changeset: Changeset,
  names: Names,
  revision: string,
  history: History,
  entries: readonly Entry[],
  { spec, allowOlder, allowOtherCluster }: Choice,
): void {
  if (!allowOtherCluster) requireSameCluster(entries, clusterIdentity(spec))
  const { current } = node.state
  // Where nothing serves, as after a reboot, an older spec is better than none. And a build without a history may have been here.
  const isExposureNew = (newest: Entry) => exposureOf(history.specText(newest)) !== exposureOf(canonicalTextOf(spec))
  if (!allowOlder && current && current.revision?.spec !== revision) requireNewer(entries, revision, isExposureNew)
  requirePlausible(node, changeset, names)
  requireServices(spec)
}
