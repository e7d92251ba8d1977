// SPDX-License-Identifier: Apache-2.0
import { Failure } from '../../base/failure.ts'
import { isWritable, nearestExisting } from '../../host/existing.ts'
import type { Check, Machine } from '../check.ts'
import { type Found, fail, failed, ok } from '../finding.ts'

export const history: Check = {
  name: 'history',
  about: 'the specs that were applied can be read, and apply can save the next one',
  async run(machine) {
    const found = historyOf(machine)
    if (found.result === 'ok' || (await serves(machine))) return found
    // Where nothing serves, apply goes on without a history.
    return { ...found, result: 'warn' }
  },
}

function historyOf({ history }: Machine): Found {
  try {
    const last = history.entries().at(-1)
    if (last) history.specText(last)
    const folder = nearestExisting(history.directory)
    if (!isWritable(folder))
      return fail(`${folder} cannot be written to`, 'give another --state-dir, or mount it read-write')
    return ok(
      last
        ? `${history.directory} has the spec that was applied last, at ${last.time}`
        : `${history.directory} is empty`,
    )
  } catch (error) {
    if (error instanceof Failure) return failed(error)
    throw error
  }
}

async function serves({ node }: Machine): Promise<boolean> {
  try {
    return (await node()).node.state.current !== undefined
  } catch (error) {
    if (error instanceof Failure) return false
    throw error
  }
}
