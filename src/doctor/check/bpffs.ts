// SPDX-License-Identifier: Apache-2.0
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { isWritable, nearestExisting } from '../../host/existing.ts'
import { isMountedOnNode } from '../../host/node-mounts.ts'
import { requireBpffs } from '../../host/preflight.ts'
import { formatPrivateBpffs, MOUNT_THAT_OF_NODE } from '../../node/private-bpffs.ts'
import type { Check } from '../check.ts'
import { fail, ok, warn } from '../finding.ts'

export const bpffs: Check = {
  name: 'bpffs',
  about: 'the pin directory is on a writable BPF file system, and only root may enter it',
  run({ pinDir }) {
    requireBpffs(pinDir)
    const folder = nearestExisting(pinDir)
    if (!isWritable(folder))
      return fail(`${folder} cannot be written to`, 'mount the BPF file system read-write (in a pod: without readOnly)')
    const parent = nearestExisting(dirname(pinDir))
    if (isOpen(parent))
      return warn(
        `every user can make ${pinDir} before apply does, which then refuses to use it`,
        `chmod 700 ${parent}`,
      )
    if (isMountedOnNode(folder) === false) return warn(formatPrivateBpffs(pinDir), MOUNT_THAT_OF_NODE)
    return ok(`${pinDir} is on a BPF file system`)
  },
}

/** Whether others than its owner may make files in a directory. */
function isOpen(directory: string): boolean {
  return (statSync(directory).mode & 0o022) !== 0
}
