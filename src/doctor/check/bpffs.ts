import { requireBpffs } from '../../host/preflight.ts'
import type { Check } from '../check.ts'
import { fail, ok } from '../finding.ts'
import { isWritable, nearestExisting } from '../folders.ts'

export const bpffs: Check = {
  name: 'bpffs',
  about: 'the pin directory is on a writable BPF file system',
  run({ pinDir }) {
    requireBpffs(pinDir)
    const folder = nearestExisting(pinDir)
    if (!isWritable(folder))
      return fail(`${folder} cannot be written to`, 'mount the BPF file system read-write (in a pod: without readOnly)')
    return ok(`${pinDir} is on a BPF file system`)
  },
}
