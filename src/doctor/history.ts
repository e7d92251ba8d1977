import { Failure } from '../base/failure.ts'
import { type Check, fail, ok, refused, type Said, type Subject } from './finding.ts'
import { existing, isWritable } from './places.ts'

export const history: Check = {
  name: 'history',
  about: 'the specs that were put in place can be read, and the next one can be kept',
  async look(subject) {
    const said = remembered(subject)
    if (said.result === 'ok' || (await serves(subject))) return said
    // Where nothing serves apply goes on without it: it is better to serve than to remember.
    return { ...said, result: 'warn' }
  },
}

function remembered({ history }: Subject): Said {
  try {
    const last = history.entries().at(-1)
    if (last) history.specText(last)
    const folder = existing(history.directory)
    if (!isWritable(folder))
      return fail(`${folder} cannot be written to`, 'give another --state-dir, or mount it read-write')
    return ok(last ? `${history.directory} has the last spec, of ${last.time}` : `${history.directory} is empty`)
  } catch (error) {
    if (error instanceof Failure) return refused(error)
    throw error
  }
}

async function serves({ node }: Subject): Promise<boolean> {
  try {
    return (await node()).node.state.current !== undefined
  } catch (error) {
    if (error instanceof Failure) return false
    throw error
  }
}
