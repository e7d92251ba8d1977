import { type Command, InvalidArgumentError } from 'commander'
import { carryOut, settle } from '../apply/carry-out.ts'
import { requirePlausible } from '../apply/guard.ts'
import { requireNewer, requireSameCluster, requireServices, short } from '../apply/guard-history.ts'
import { type Healing, heal } from '../apply/heal.ts'
import { type OpenNode, openNode } from '../apply/node.ts'
import { isDone, planWork, type Work } from '../apply/work.ts'
import { EXIT } from '../base/exit.ts'
import { Failure } from '../base/failure.ts'
import { staleIn } from '../compile/stale.ts'
import { count, type Names, printTotals } from '../diff/print.ts'
import type { Entry } from '../history/entry.ts'
import type { History } from '../history/history.ts'
import { requireRoom } from '../kernel/neighbours.ts'
import { programsFor } from '../kernel/programs.ts'
import { clusterIdentity } from '../spec/cluster-identity.ts'
import { revisionOf } from '../spec/revision.ts'
import type { Spec } from '../spec/spec.ts'
import { readInput } from './files.ts'
import { documented } from './help.ts'
import { type Kept, keep } from './keep.ts'
import { namesOf, withSaved } from './names.ts'
import { notesOn } from './notes.ts'
import { compileFor, type PlaceOptions, specIn, withPlace } from './spec-file.ts'
import { answer, progress, say } from './streams.ts'
import { historyOf, type StateOptions, type TargetOptions, targetOf, withState, withTarget } from './target.ts'
import { VERSION } from './version.ts'
import { printAll, printBeyond, printWork } from './work-text.ts'

interface Options extends PutOptions, PlaceOptions {
  file: string
  allowOlder?: boolean
  allowOtherCluster?: boolean
}

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
  by: Entry['by']
  allowOlder?: boolean | undefined
  allowOtherCluster?: boolean | undefined
}

export function applyCommand(program: Command): void {
  const command = withPut(
    withPlace(
      program
        .command('apply')
        .summary('make this node do what the spec says, by the smallest safe change')
        .requiredOption('-f, --file <spec>', 'the spec, or - for stdin'),
    ),
  )
    .option('--allow-older', 'take a revision that another one has replaced here')
    .option('--allow-other-cluster', 'take a spec of another cluster than the last one')
    .action(run)
  documented(command, {
    examples: [
      ['balancing apply -f spec.yaml --dry-run', 'what would change here'],
      ['balancing apply -f spec.yaml', 'make it so; a second time it changes nothing'],
      ['balancing apply -f spec.yaml --external', 'on a host outside the cluster that has routes to pods'],
    ],
    exits: {
      0: 'the node does what the spec says',
      3: 'invalid input, or what looks like a mistake: each refusal names the flag for when it is none, --force is for all',
      4: 'the node is not ready: permissions, cgroup2, bpffs, bpftool, another apply at work',
      5: 'it failed, the old state is intact',
      6: 'it failed half-way; every frontend is wholly old or wholly new: run it again',
    },
  })
}

/** The flags of a command that puts a spec in place. */
export function withPut(command: Command): Command {
  return withState(withTarget(command))
    .option('--dry-run', 'show what would be done and do nothing')
    .option('--force', 'go on where the change looks like a mistake')
    .option('--lock-timeout <seconds>', 'how long to wait for another balancing', seconds, 10)
}

function seconds(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 3600) throw new InvalidArgumentError('0 to 3600 seconds')
  return value
}

async function run(options: Options): Promise<void> {
  const { file, allowOlder, allowOtherCluster } = options
  // Before the lock: stdin may take its time.
  const bytes = readInput(file)
  await putInPlace(options, () => {
    return { spec: specIn(bytes, file), place: options, by: 'apply', allowOlder, allowOtherCluster }
  })
}

/** `choose` is asked when the node is locked. */
export async function putInPlace(
  options: PutOptions,
  choose: (history: History, node: OpenNode) => Choice,
): Promise<void> {
  const { dryRun = false, force = false, lockTimeout } = options
  const started = performance.now()
  const history = historyOf(options)
  progress('looking at the node')
  const node = await openNode(targetOf(options), dryRun ? undefined : lockTimeout)
  try {
    const choice = choose(history, node)
    const { spec, place, by } = choice
    const compiled = compileFor(spec, place)
    const revision = revisionOf(spec)
    const work = await planWork(node, compiled.image, revision)
    const names = withSaved(namesOf(compiled), history)
    if (!force) requireExpected(node, work, names, revision, history.entries(), choice)
    if (work.rebuild) requireRoom(node.state, programsFor(work.desired))
    for (const note of await notesOn(compiled, node, work)) say(`note: ${note}`)
    if (dryRun) return answer(printDryRun(work, names))
    const facts = { by, node: place.external ? null : compiled.node, build: VERSION, programs: node.programs }
    const kept = keep(history, spec, revision, { ...facts, cluster: clusterIdentity(spec) }, force)
    const wasDone = isDone(work)
    if (!wasDone) progress('programming')
    const serving = wasDone ? node.state.current! : await carryOut(node, work).catch(error => giveUp(error, kept))
    if (wasDone) await settle(node, serving)
    kept.commit()
    const healing = await heal(node, serving, staleIn(spec))
    for (const problem of printProblems(healing)) say(problem)
    if (wasDone) return answer(`${printEnded(healing)}no changes: revision ${short(revision)} is in place\n`)
    const seconds = ((performance.now() - started) / 1000).toFixed(2)
    const outcome = printOutcome(work, names) + printEnded(healing)
    const what = by === 'rollback' ? 'rolled back to' : 'applied'
    answer(`${outcome}${what} revision ${short(revision)} in ${seconds} s, read back and equal\n`)
  } finally {
    await node.close()
  }
}

/** A mixture is not forgotten: `rollback` goes back to what was in place before it. */
function giveUp(error: unknown, kept: Kept): never {
  if (error instanceof Failure && error.exitCode !== EXIT.applyFailedMixed) kept.discard()
  throw error
}

/** Refuses what looks like a mistake; each refusal names the flag that overrides it, --force overrides them all. */
function requireExpected(
  node: OpenNode,
  work: Work,
  names: Names,
  revision: string,
  entries: readonly Entry[],
  { spec, allowOlder, allowOtherCluster }: Choice,
): void {
  if (!allowOtherCluster) requireSameCluster(entries, clusterIdentity(spec))
  // Where nothing serves, as after a reboot, an older spec is better than none.
  if (!allowOlder && node.state.current) requireNewer(entries, revision)
  requirePlausible(node, work, names)
  requireServices(spec)
}

const MOST_LINES = 20

function printDryRun(work: Work, names: Names): string {
  return isDone(work) ? 'no changes\n' : printWork(work, names)
}

function printOutcome(work: Work, names: Names): string {
  if (!work.observed) return `${printBeyond(work)}${printAll(work)}`
  if (work.rebuild) return `${printBeyond(work)}${printTotals(work.changed, work.plan)}\n`
  return printWork(work, names, MOST_LINES)
}

function printEnded({ ended }: Healing): string {
  return ended === 0 ? '' : `${count(ended, 'connected UDP socket')} ended whose backends are gone\n`
}

function printProblems({ lost, left }: Healing): string[] {
  return [
    ...lost.map(text => `note: ${text}`),
    ...left.map(
      ({ sockets, netns, reason }) =>
        `warning: ${count(sockets, 'connected UDP socket')} in ${netns} cannot be ended, though their backends are gone: ${reason}`,
    ),
  ]
}
