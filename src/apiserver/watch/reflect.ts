// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises'
import type { Patience } from './answer.ts'
import { fullBudget, spend } from './budget.ts'
import { caller } from './caller.ts'
import { follow } from './follow.ts'
import type { Watched, WatchedKind } from './kinds.ts'
import type { Listener } from './listener.ts'
import { type Servers, takeTurns } from './servers.ts'

export interface Reflector {
  /** Lists a kind anew, as soon as the budget allows. */
  relist(kind: WatchedKind): void
  /** Resolves when the signal is aborted and no call to the listener follows; rejects for bugs only. */
  done: Promise<void>
}

/** A bookmark comes about every minute. */
const PATIENCE: Patience = { connect: 10_000, silence: 90_000 }

/**
 * Keeps a listener informed of some kinds, one entry a kind, until `signal` is aborted: what is there first, then each
 * change. It survives every failure of the API server, of the way to it and of the credentials: see "Watching" in
 * ARCHITECTURE.md. All kinds together send one request a second, with a burst of ten.
 */
export function reflect(
  servers: Servers,
  watched: readonly Watched[],
  listener: Listener,
  signal: AbortSignal,
  patience = PATIENCE,
): Reflector {
  const turn = takeTurns(servers)
  let budget = fullBudget(performance.now())
  const admit = async (signal: AbortSignal): Promise<void> => {
    const spent = spend(budget, performance.now())
    budget = spent.budget
    if (spent.wait > 0) await sleep(spent.wait, undefined, { signal })
  }
  const followers = new Map(
    watched.map(one => [one.kind, follow(one, listener, caller(turn, patience), admit, signal)]),
  )
  return {
    relist: kind => followers.get(kind)?.relist(),
    done: Promise.all([...followers.values()].map(({ done }) => done)).then(() => {}),
  }
}
