import { type Check, fail, ok } from './finding.ts'
import { existing, isWritable } from './places.ts'

export const history: Check = {
  name: 'history',
  about: 'the specs that were put in place can be read, and the next one can be kept',
  look({ history }) {
    const last = history.entries().at(-1)
    if (last) history.specText(last)
    const folder = existing(history.directory)
    if (!isWritable(folder))
      return fail(`${folder} cannot be written to`, 'give another --state-dir, or mount it read-write')
    return ok(last ? `${history.directory} has the last spec, of ${last.time}` : `${history.directory} is empty`)
  },
}
