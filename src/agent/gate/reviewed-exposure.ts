// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../base/address.ts'
import { type Diagnostic, error, hasErrors, locatedMessage, type Result } from '../../base/diagnostic.ts'
import { piecesOf } from '../../base/pieces.ts'
import { shortRevision } from '../../base/short-revision.ts'
import { formatServiceChange } from '../../report/review/print/format.ts'
import { serviceName } from '../../report/review/review.ts'
import { clusterIdentity } from '../../spec/cluster-identity.ts'
import { revisionOf } from '../../spec/revision.ts'
import type { Spec } from '../../spec/spec.ts'
import { fieldsOf, type Log } from '../log.ts'
import type { ExposureStatus } from './exposure-status.ts'
import type { GateScope } from './gate.ts'
import type { Hold } from './hold.ts'
import type { SavedExposure } from './saved-exposure.ts'
import type { SavedHold } from './saved-hold.ts'
import { ServiceGate } from './service-gate.ts'

/** What a reviewed exposure is made of. */
interface Parts {
  scope: GateScope
  neverHeld: readonly string[]
  /** Where it comes from, as texts call it. */
  source: string
  /** Where the last good one, and a hold, are kept for the next start; absent where nothing is written. */
  saved?: { exposure: SavedExposure; hold: SavedHold }
  log: Log
}

/** So many Services at most are served again in one piece of a change. */
const PIECE = 50
/** So many Services that wait are listed at most: 500 take 30 ms, in which nothing else is done. */
const MOST_LISTED = 500
/** So many mistakes of an exposure at most are logged. */
const MOST_LOGGED = 5
const LAST_GOOD = 'the last good exposure stays, endpoints follow the API server'

/**
 * The exposure that counts in mode gated. Its source offers one whenever it may be another; one that is not whole, not valid, or of another cluster is
 * rejected, and the last good one stays: it is kept on the disk. What was served counts before any was taken. During a hold none is taken.
 */
export class ReviewedExposure {
  readonly gate: ServiceGate
  /** What has the agent look for something to do. The agent sets it. */
  wake: () => void = () => {}
  /** Hears why the exposure that the source has does not count. The agent sets it. */
  stale: (note: string) => void = () => {}
  readonly #parts: Parts
  #status: Pick<ExposureStatus, 'revision' | 'taken' | 'rejected'> = { revision: null, taken: null, rejected: null }
  /** What counts. */
  #exposure: Spec | undefined
  #hold: Hold | undefined
  #offered: { exposure: Spec; revision: string } | undefined
  #isHeardOf = false
  #dirty: string[] = []
  #waiting = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.gate = new ServiceGate(parts.scope, new Set(parts.neverHeld))
  }

  /** Whether the source has said something, so that the gate can be trusted. */
  get isHeardOf(): boolean {
    return this.#isHeardOf
  }

  /** What counts until the source offers one: the last good one; else what was served last; else nothing. */
  begin(served: Spec | undefined): void {
    const { saved, log } = this.#parts
    this.#hold = saved?.hold.read()
    const last = saved?.exposure.read(log) ?? served
    if (last) this.#use(last, revisionOf(last), null)
  }

  /** The source has this now. */
  offer({ value, diagnostics }: Result<Spec>): void {
    this.#isHeardOf = true
    const isGood = value !== undefined && !hasErrors(diagnostics)
    for (const one of isGood ? diagnostics : []) this.#parts.log('warning', locatedMessage(one), { code: one.code })
    this.#offered = isGood ? { exposure: value, revision: revisionOf(value) } : undefined
    if (isGood) this.#status.rejected = null
    else this.#reject(diagnostics)
    this.wake()
  }

  /** Takes what was offered, in a cluster whose default/kubernetes has these cluster IPs. */
  take(cluster: readonly Address[]): void {
    const offered = this.#offered
    if (!offered || this.#hold) return
    this.#offered = undefined
    const { exposure, revision } = offered
    const objection = objectionTo(exposure, cluster, this.#exposure?.services.length ?? 0)
    if (objection) return this.#reject([objection])
    if (revision === this.#status.revision && this.#status.taken !== null) return
    this.#use(exposure, revision, new Date().toISOString())
    this.#parts.saved?.exposure.write(exposure, this.#parts.log)
    this.#parts.log('info', 'took the reviewed exposure', {
      revision: shortRevision(revision),
      services: exposure.services.length,
    })
  }

  /** No other exposure is taken until `release`. Fails when that cannot be kept for the next start. */
  hold({ by, reason }: Pick<Hold, 'by' | 'reason'>): void {
    const { saved, log } = this.#parts
    const hold = { since: new Date().toISOString(), by, reason }
    if (this.#exposure) saved?.exposure.write(this.#exposure, log)
    saved?.hold.write(hold)
    this.#hold = hold
    log('info', 'the exposure is held', { by, ...(reason !== '' && { reason }) })
  }

  /** Ends a hold: what waits is taken. */
  release(): void {
    const { saved, log } = this.#parts
    saved?.hold.write(undefined)
    if (this.#hold) log('info', 'the exposure is released', { heldSince: this.#hold.since })
    this.#hold = undefined
    this.wake()
  }

  /** The Services to serve again because of a review, in pieces; each once. */
  takeDirty(): Iterable<readonly string[]> {
    const names = this.#dirty
    this.#dirty = []
    return piecesOf(names, PIECE)
  }

  /** Logs how many Services wait, when that has changed. */
  sayPending(): void {
    const { pending } = this.gate
    if (pending === this.#waiting) return
    this.#waiting = pending
    this.#parts.log('info', 'Services wait for a review: agent status lists them', { pending })
  }

  /** Why what is reviewed does not count; empty when it does. */
  notReady(): string[] {
    const { rejected } = this.#status
    return rejected ? [`the exposure is rejected: ${rejected.reason}`] : []
  }

  status(): ExposureStatus {
    const { scope: gate, source } = this.#parts
    const pending = this.gate.difference(MOST_LISTED).services.map(change => {
      return { service: serviceName(change), risk: change.risk, summary: formatServiceChange(change) }
    })
    const next = this.#offered?.revision
    const waiting = next === undefined || next === this.#status.revision ? null : next
    const held = this.#hold ? { ...this.#hold, waiting } : null
    return {
      gate,
      source,
      ...this.#status,
      held,
      pendingServices: this.gate.pending,
      pending,
      absent: this.gate.absent(),
    }
  }

  #use(exposure: Spec, revision: string, taken: string | null): void {
    this.#status = { ...this.#status, revision, taken }
    this.#exposure = exposure
    this.#dirty = this.#dirty.concat(this.gate.review(exposure))
  }

  #reject(diagnostics: readonly Diagnostic[]): void {
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    const [first] = errors
    const reason = first ? locatedMessage(first) : 'it says nothing'
    const { rejected } = this.#status
    if (rejected?.reason === reason) return
    this.#status.rejected = { since: new Date().toISOString(), code: first?.code ?? 'bad-exposure', reason }
    this.stale(`the exposure is rejected: ${reason}; ${LAST_GOOD}`)
    for (const one of errors.slice(0, MOST_LOGGED))
      this.#parts.log('error', `the exposure is rejected: ${locatedMessage(one)}; ${LAST_GOOD}`, fieldsOf(one))
    if (errors.length > MOST_LOGGED)
      this.#parts.log('error', 'the exposure has more mistakes: balancing validate lists them', {
        mistakes: errors.length,
      })
  }
}

/** Why a valid exposure is not taken. `services`: how many the one before has. */
function objectionTo(offered: Spec, cluster: readonly Address[], services: number): Diagnostic | undefined {
  const own = clusterIdentity(offered)
  if (own.length > 0 && cluster.length > 0 && !own.some(address => cluster.includes(address)))
    return error(
      'other-cluster',
      `it is of another cluster: its default/kubernetes is ${own.join(', ')}, and here it is ${cluster.join(', ')}`,
    )
  if (offered.services.length > 0 || services === 0) return undefined
  return error('empty-exposure', 'it has no Service, and the one before has some')
}
