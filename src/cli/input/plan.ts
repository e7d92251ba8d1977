import { count } from '../../base/count.ts'
import { type Diagnostic, error } from '../../base/diagnostic.ts'
import { EXIT } from '../../base/exit.ts'
import { Failure, failure } from '../../base/failure.ts'
import { plain } from '../../base/paint.ts'
import { emptyImage } from '../../datapath/image.ts'
import { decodeRevision } from '../../datapath/revision.ts'
import { type Changeset, isDone } from '../../node/changeset.ts'
import type { OpenNode } from '../../node/open-node.ts'
import {
  type Moved,
  movedKeys,
  otherWrites,
  type PlanFile,
  type PlannedWrite,
  writesBetween,
} from '../../plan/plan-file.ts'
import { isPlanText, parsePlan, printPlan } from '../../plan/plan-text.ts'
import type { Names } from '../../report/change/print.ts'
import { aboutKey } from '../../report/review/about-key.ts'
import { canonicalTextOf } from '../../spec/canonical/text.ts'
import { revisionOf } from '../../spec/revision.ts'
import type { Spec } from '../../spec/spec.ts'
import { printChangeset } from '../output/changeset-text.ts'
import { nameOf, writeWhole } from './files.ts'
import { nodeName, type PlaceOptions } from './spec-file.ts'

/** The plan in what was read from `path`; undefined when it is something else, a spec most likely. */
export function planIn(bytes: Buffer, path: string): PlanFile | undefined {
  if (!isPlanText(bytes.toString('utf8', 0, 200))) return undefined
  const { value, diagnostics } = parsePlan(bytes.toString('utf8'), nameOf(path))
  if (!value) throw new Failure(EXIT.invalidInput, diagnostics)
  return value
}

/** Keeps what is to be done on a node as a plan, to be reviewed and applied as it is. */
export function writePlan(
  path: string,
  node: OpenNode,
  changeset: Changeset,
  spec: Spec,
  place: PlaceOptions,
  names: Names,
): void {
  const summary = printChangeset(changeset, names, plain).trimEnd().split('\n')
  const plan: PlanFile = {
    node: place.external ? undefined : nodeName(place),
    programs: node.programs,
    base: baseOf(node),
    build: changeset.rebuild?.reason,
    revision: revisionOf(spec),
    summary: isDone(changeset) ? ['no changes'] : summary,
    writes: writesOf(changeset, names),
    spec: canonicalTextOf(spec),
  }
  writeWhole(path, printPlan(plan))
}

function baseOf({ state }: OpenNode): PlanFile['base'] {
  const { spec: revision, programs } = state.current?.revision ?? {}
  return { revision, programs }
}

/** From what the node holds; from nothing where that cannot be read. */
function writesOf({ observed, desired }: Changeset, names: Names): PlannedWrite[] {
  return writesBetween(observed ?? emptyImage(), desired, (map, key) => aboutKey(map, key, names))
}

/** Refuses (exit 3) a plan that was made for another node than this one. */
export function requireThisNode({ node }: PlanFile, place: PlaceOptions): void {
  const here = place.external ? undefined : nodeName(place)
  if (node === here) return
  const formatForeign = (name: string | undefined) =>
    name === undefined ? 'a host outside the cluster' : `node ${name}`
  const hint = `on that node, give ${node === undefined ? '--external' : `--node ${node}`}`
  throw failure(
    EXIT.invalidInput,
    'other-node',
    `the plan is for ${formatForeign(node)}, and this is ${formatForeign(here)}`,
    hint,
  )
}

/**
 * Refuses (exit 7) a plan that would not do here what it says: another build, what another build makes of the spec, or keys that
 * moved since. What is in place already is not refused: there is nothing to do.
 */
export function requireFresh(plan: PlanFile, file: string, node: OpenNode, changeset: Changeset, names: Names): void {
  if (isDone(changeset)) return
  const reasons = staleness(plan, node, changeset, names)
  if (reasons.length === 0) return
  const hint = 'balancing diff -f SPEC --out PLAN makes another'
  const message = `${nameOf(file)} is stale: this node is not as it was when the plan was made`
  throw new Failure(EXIT.stalePlan, [error('stale-plan', message, { hint }), ...reasons])
}

const MOST_KEYS = 20

function staleness(plan: PlanFile, node: OpenNode, changeset: Changeset, names: Names): Diagnostic[] {
  const reasons: string[] = []
  if (plan.programs !== node.programs)
    reasons.push(
      `made by a build with programs ${shortRevision(plan.programs)}; this one has ${shortRevision(node.programs)}`,
    )
  const base = baseOf(node)
  if (plan.base.programs !== base.programs)
    reasons.push(`the node had programs ${shortRevision(plan.base.programs)}, and has ${shortRevision(base.programs)}`)
  if (plan.build !== changeset.rebuild?.reason)
    reasons.push(`${buildWords(plan.build)} was planned, and ${buildWords(changeset.rebuild?.reason)} is needed`)
  const present = writesOf(changeset, names)
  const moved = someOf(movedKeys(plan.writes, present).map(keyWords))
  const others = someOf(otherWrites(plan.writes, present).map(otherWords))
  return [
    ...reasons.map(text => error('other-state', text)),
    ...moved.map(text => error('moved-key', text)),
    ...others.map(text => error('other-value', text)),
  ]
}

function someOf(keys: readonly string[]): string[] {
  if (keys.length <= MOST_KEYS) return [...keys]
  return [...keys.slice(0, MOST_KEYS), `and ${count(keys.length - MOST_KEYS, 'key')} more`]
}

function buildWords(reason: string | undefined): string {
  return reason === undefined ? 'an update' : `a new generation (${reason})`
}

function shortRevision(hash: string | undefined): string {
  return hash?.slice(0, 12) ?? 'none'
}

/** `shop/cart:http 10.96.7.21:80/TCP (map frontends) was changed since` */
function keyWords({ map, about, was, now }: Moved): string {
  if (map === 'revision') return `the revision was ${revisionText(was)}, and is ${revisionText(now)}`
  const what = was === undefined ? 'added' : now === undefined ? 'removed' : 'changed'
  return `${about} (map ${map}) was ${what} since`
}

function otherWords({ map, about }: PlannedWrite): string {
  return `${about} (map ${map}) would not get what the plan says: this build makes something else of the spec`
}

function revisionText(hex: string | undefined): string {
  return shortRevision(hex && decodeRevision(Buffer.from(hex, 'hex').toString('latin1'))?.spec)
}
