// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises'
import { error } from '../../base/diagnostic.ts'
import { pauseAfter } from './backoff.ts'
import type { Caller } from './caller.ts'
import { advance, beginsList, type Cursor, FROM_SCRATCH, type Outcome, queryOf } from './cursor.ts'
import { Expired, Lost, lostBy, lostByAnswer } from './failed.ts'
import { pathOf, selectorsOf, type Watched } from './kinds.ts'
import { knownKeys } from './known.ts'
import type { Listener } from './listener.ts'
import { receivePage, receiveWatch } from './receive.ts'

interface Follower {
  /** Lists anew, as soon as the budget allows. */
  relist(): void
  /** Resolves when `stop` is aborted; rejects for bugs only. */
  done: Promise<void>
}

/** Seconds: a watch ends after this and up to as many more, so that agents that began together do not return together. */
const WATCH_SECONDS = 300

/**
 * Keeps a listener informed of one kind until `stop`: request after request, each from where the last one led. `admit` resolves
 * when the budget has a request left; the pages of one list count as one.
 */
export function follow(
  watched: Watched,
  listener: Listener,
  caller: Caller,
  admit: (signal: AbortSignal) => Promise<void>,
  stop: AbortSignal,
): Follower {
  const { kind } = watched
  const known = knownKeys()
  let cursor: Cursor = FROM_SCRATCH
  let failures = 0
  let isHeard = false
  let restart = new AbortController()

  const outcome = (outcome: Outcome): void => {
    isHeard = true
    // An object of a list is no success: a list that breaks each time must not be asked for at full speed.
    if (cursor.phase === 'watch' || outcome.type === 'listed') failures = 0
    cursor = advance(cursor, outcome)
  }
  const receiver = { kind, listener, known, outcome }
  const doing = () => `${cursor.phase === 'watch' ? 'watching' : 'listing'} ${kind}`

  /** One request and what it brings. Rejects with Lost. */
  async function exchange(signal: AbortSignal): Promise<void> {
    const seconds = WATCH_SECONDS + Math.floor(Math.random() * (WATCH_SECONDS + 1))
    const path = `${pathOf(watched)}?${new URLSearchParams({ ...queryOf(cursor, seconds), ...selectorsOf(watched) })}`
    const { phase } = cursor
    const { answer, access } = await caller.get(path, phase === 'pages', doing(), signal)
    const { status } = answer
    listener.answered?.(access.server.host, status)
    if (phase === 'watch-list' && (status === 400 || status === 422)) {
      cursor = advance(cursor, { type: 'refused' })
      return
    }
    if (status !== 200) throw await lostByAnswer(answer, access, doing())
    listener.connected(kind, access.server.origin)
    if (beginsList(cursor)) {
      known.begin()
      listener.listing(kind)
    }
    isHeard = false
    try {
      await (phase === 'pages' ? receivePage(receiver, answer) : receiveWatch(receiver, answer))
      if (phase === 'pages') return
      if (cursor.phase !== 'watch' || !isHeard) {
        const what = isHeard ? 'in the middle of the list' : 'without an event'
        throw new Lost(error('api-answer', `${doing()} failed: ${access.server.origin} ended it ${what}`))
      }
    } catch (thrown) {
      throw lostBy(thrown, access, doing())
    } finally {
      cursor = advance(cursor, { type: 'ended', isBarren: !isHeard })
    }
  }

  /** Takes note of what was lost, and waits before the next request. A bug is thrown on. */
  async function recover(thrown: unknown, signal: AbortSignal): Promise<void> {
    if (!(thrown instanceof Lost)) throw thrown
    caller.close(!(thrown instanceof Expired))
    if (thrown instanceof Expired) cursor = advance(cursor, { type: 'expired' })
    failures++
    const pause = pauseAfter(failures, thrown.retryAfter, Math.random())
    listener.lost(kind, thrown.problem, pause)
    await sleep(pause, undefined, { signal })
  }

  async function run(): Promise<void> {
    while (!stop.aborted) {
      const signal = AbortSignal.any([stop, restart.signal])
      try {
        if (cursor.next === '') await admit(signal)
        await exchange(signal).catch(thrown => (signal.aborted ? undefined : recover(thrown, signal)))
      } catch (thrown) {
        if (!signal.aborted) throw thrown
      }
      if (restart.signal.aborted) {
        restart = new AbortController()
        cursor = FROM_SCRATCH
      }
      if (cursor.phase !== 'pages') caller.close(false)
    }
    caller.close(false)
  }
  return { relist: () => restart.abort(), done: run() }
}
