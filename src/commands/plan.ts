import type { OpenNode } from '../apply/node.ts'
import { isDone, type Work } from '../apply/work.ts'
import { count } from '../base/count.ts'
import { type Diagnostic, error } from '../base/diagnostic.ts'
import { EXIT } from '../base/exit.ts'
import { Failure, failure } from '../base/failure.ts'
import { plain } from '../base/paint.ts'
import type { Names } from '../diff/print.ts'
import { emptyImage } from '../image/image.ts'
import { decodeRevision } from '../image/revision.ts'
import {
  type Moved,
  movedKeys,
  otherWrites,
  type PlanFile,
  type PlannedWrite,
  writesBetween,
} from '../plan/plan-file.ts'
import { isPlanText, parsePlan, printPlan } from '../plan/plan-text.ts'
import { aboutKey } from '../review/about-key.ts'
import { canonicalTextOf } from '../spec/canonical-text.ts'
import { revisionOf } from '../spec/revision.ts'
import type { Spec } from '../spec/spec.ts'
import { nameOf, writeWhole } from './files.ts'
import { nodeName, type PlaceOptions } from './spec-file.ts'
import { printWork } from './work-text.ts'

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
  work: Work,
  spec: Spec,
  place: PlaceOptions,
  names: Names,
): void {
  const summary = printWork(work, names, plain).trimEnd().split('\n')
  const plan: PlanFile = {
    node: place.external ? undefined : nodeName(place),
    programs: node.programs,
    base: baseOf(node),
    build: work.rebuild?.reason,
    revision: revisionOf(spec),
    summary: isDone(work) ? ['no changes'] : summary,
    writes: writesOf(work, names),
    spec: canonicalTextOf(spec),
  }
  writeWhole(path, printPlan(plan))
}

function baseOf({ state }: OpenNode): PlanFile['base'] {
  const { spec: revision, programs } = state.current?.revision ?? {}
  return { revision, programs }
}

/** From what the node holds; from nothing where that cannot be read. */
function writesOf({ observed, desired }: Work, names: Names): PlannedWrite[] {
  return writesBetween(observed ?? emptyImage(), desired, (map, key) => aboutKey(map, key, names))
}

/** Refuses (exit 3) a plan that was made for another node than this one. */
export function requireThisNode({ node }: PlanFile, place: PlaceOptions): void {
  const here = place.external ? undefined : nodeName(place)
  if (node === here) return
  const inWords = (name: string | undefined) => (name === undefined ? 'a host outside the cluster' : `node ${name}`)
  const hint = `on that node, give ${node === undefined ? '--external' : `--node ${node}`}`
  throw failure(EXIT.invalidInput, 'other-node', `the plan is for ${inWords(node)}, and this is ${inWords(here)}`, hint)
}

/**
 * Refuses (exit 7) a plan that would not do here what it says: another build, what another build makes of the spec, or keys that
 * moved since. What is in place already is not refused: there is nothing to do.
 */
export function requireFresh(plan: PlanFile, file: string, node: OpenNode, work: Work, names: Names): void {
  if (isDone(work)) return
  const reasons = staleness(plan, node, work, names)
  if (reasons.length === 0) return
  const hint = 'balancing diff -f SPEC --out PLAN makes another'
  const message = `${nameOf(file)} is stale: this node is not as it was when the plan was made`
  throw new Failure(EXIT.stalePlan, [error('stale-plan', message, { hint }), ...reasons])
}

const MOST_KEYS = 20

function staleness(plan: PlanFile, node: OpenNode, work: Work, names: Names): Diagnostic[] {
  const reasons: string[] = []
  if (plan.programs !== node.programs)
    reasons.push(`made by a build with programs ${short(plan.programs)}; this one has ${short(node.programs)}`)
  const base = baseOf(node)
  if (plan.base.programs !== base.programs)
    reasons.push(`the node had programs ${short(plan.base.programs)}, and has ${short(base.programs)}`)
  if (plan.build !== work.rebuild?.reason)
    reasons.push(`${buildWords(plan.build)} was planned, and ${buildWords(work.rebuild?.reason)} is needed`)
  const present = writesOf(work, names)
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

function short(hash: string | undefined): string {
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
  return short(hex && decodeRevision(Buffer.from(hex, 'hex').toString('latin1'))?.spec)
}
