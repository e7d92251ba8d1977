// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises'
import type { Access } from './access.ts'
import { connect } from './connection.ts'
import { CutPage, type Page, readPage } from './page.ts'
import { giveUp, isPassing, refused, unreachable } from './problems.ts'
import { type Answer, get } from './request.ts'

/** A kind of objects, and where the API has it. */
export interface Kind {
  /** The plural, as messages name it. */
  name: string
  list: string
  path: string
}

/** A page; undefined when the server no longer knows the version that was asked for (410). */
export type ListPage = (kind: Kind, query: Record<string, string>) => Promise<Page | undefined>

/** How often one page is asked for. */
const TRIES = 5
/** Before the second try, in milliseconds; doubled for each one more. */
const FIRST_PAUSE = 250

/**
 * Connects, and returns what asks for one page: again when the server is busy (429), has a trouble of its own (5xx) or the
 * connection breaks, after as long as the server says, else after a pause that doubles. Anything else, also the end of
 * `signal`, is a Failure.
 */
export async function openApi(access: Access, seconds: number): Promise<ListPage> {
  const signal = AbortSignal.timeout(seconds * 1000)
  const late = (doing: string) =>
    giveUp('api-timeout', `${access.server.origin} was not done ${doing} after ${seconds} s`, 'give it more: --timeout')
  const connection = await connect(access, signal).catch(error => {
    throw signal.aborted ? late('giving credentials') : error
  })

  async function attempt(path: string): Promise<Answer & { page?: Page | undefined }> {
    const answer = await get(connection, path, signal)
    return answer.status === 200 ? { ...answer, page: readPage(answer.body) } : answer
  }

  return async ({ name, list, path }, query) => {
    for (let tried = 1; ; tried++) {
      const outcome = await attempt(`${path}?${new URLSearchParams(query)}`).catch((error: Error) => error)
      if (signal.aborted) throw late(`listing ${name}`)
      if (tried < TRIES && mayPass(outcome)) {
        const pause = pauseOf(outcome) ?? FIRST_PAUSE * 2 ** (tried - 1)
        await sleep(pause, undefined, { signal }).catch(() => {
          throw late(`listing ${name}`)
        })
        continue
      }
      if (outcome instanceof Error) throw unreachable(access, `listing ${name}`, outcome, tried)
      if (outcome.status === 410) return undefined
      if (outcome.status !== 200) throw refused(access, `listing ${name}`, outcome, tried)
      if (outcome.page?.kind === list) return outcome.page
      throw giveUp('api-answer', `${access.server.origin} is no API server: it answers no ${list} at ${path}`)
    }
  }
}

function mayPass(outcome: Answer | Error): boolean {
  if (outcome instanceof Error) return outcome instanceof CutPage || isPassing(outcome)
  return outcome.status === 429 || outcome.status >= 500
}

/** Retry-After in milliseconds; Kubernetes gives seconds. */
function pauseOf(outcome: Answer | Error): number | undefined {
  const after = outcome instanceof Error ? undefined : outcome.headers['retry-after']
  return after !== undefined && /^\d{1,6}$/.test(after) ? Number(after) * 1000 : undefined
}
