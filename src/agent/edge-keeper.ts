// SPDX-License-Identifier: Apache-2.0
import { Failure } from '../base/failure.ts'
import type { FoundChange } from '../node/edges/find-edge-change.ts'
import type { Dataplane, EdgeFigures } from './dataplane.ts'
import type { Desired } from './desired.ts'
import type { Log } from './log.ts'
import type { WholeApply } from './whole-apply.ts'

/** What keeping edges needs of an agent. */
interface Means {
  dataplane: Dataplane
  applies: WholeApply
  log: Log
  wake: () => void
  /** What the node is to do; undefined as long as that is not known for sure. */
  desired: () => Desired | undefined
  /** Hears what cannot be looked at. */
  unseen: (error: unknown) => undefined
}

/** Keeps the edges those of the devices that are there, and reads what metrics show of them. */
export class EdgeKeeper {
  /** What the edges did when that was last read. */
  figures: EdgeFigures | undefined
  readonly #means: Means
  /** What is to change at devices, and the count of applies when it was found. */
  #found: { change: FoundChange; at: number } | undefined

  constructor(means: Means) {
    this.#means = means
  }

  /** Looks at devices. What is to change is left to `change`, which the agent calls in its turn. */
  async look(): Promise<void> {
    const { dataplane, applies, desired: known, unseen, wake } = this.#means
    const desired = known()
    if (!desired || applies.isPausing || applies.isUnderWay) return
    const at = applies.count
    const change = await dataplane.findEdgeChange(desired).catch(unseen)
    if (!change || at !== applies.count || desired !== known()) return
    this.#found = { change, at }
    wake()
  }

  /** Executes what was found, unless all was applied since. */
  async change(): Promise<void> {
    const { dataplane, applies, desired: known, log } = this.#means
    const [found, desired] = [this.#found, known()]
    this.#found = undefined
    if (!found || found.at !== applies.count || !desired) return
    const reason = await applies.alone(() => dataplane.changeEdges(found.change, desired).catch(messageOf))
    if (reason !== undefined) {
      await applies.apply(desired, reason)
      return
    }
    const { gained, lost, repaired } = found.change.change
    const names = Object.entries({ gained, lost, repaired }).filter(([, devices]) => devices.length > 0)
    if (names.length > 0)
      log('info', 'the edges follow the devices', Object.fromEntries(names.map(([is, of]) => [is, of.join(' ')])))
  }

  /** Reads what metrics show of the edges. */
  async count(): Promise<void> {
    const { dataplane, applies, unseen } = this.#means
    if (!applies.isUnderWay) this.figures = await dataplane.edgeFigures().catch(unseen)
  }
}

function messageOf(error: unknown): string {
  if (error instanceof Failure) return error.message
  throw error
}
