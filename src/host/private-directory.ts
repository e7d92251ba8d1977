// SPDX-License-Identifier: Apache-2.0
import { lstatSync, type Stats, statSync } from 'node:fs'
import { EXIT } from '../base/exit.ts'
import { type Failure, failure } from '../base/failure.ts'

/**
 * Refuses (exit 4) a directory that another user made, or may enter: what it holds is loaded into the kernel, or applied by
 * rollback. A path that is not there yet is allowed. `what` names the directory in the message: `pin directory`.
 */
export function requirePrivateDirectory(path: string, what: string): void {
  const own = lookAt(path)
  if (own?.isSymbolicLink()) requireOwn(path, `link to the ${what}`, own, `rm ${path}`)
  const found = own && statSync(path, { throwIfNoEntry: false })
  if (!found?.isDirectory()) return
  const mend = `chown root: ${path} && chmod 700 ${path}, after a look at what is in it`
  requireOwn(path, what, found, mend)
  if ((found.mode & 0o077) === 0) return
  const mode = (found.mode & 0o7777).toString(8).padStart(4, '0')
  throw notPrivate(`the ${what} ${path} is open to other users (mode ${mode})`, `chmod 700 ${path}`)
}

/** Undefined for a path that cannot be looked at, as a name with a dot on bpffs: it cannot be made or opened either. */
function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function requireOwn(path: string, what: string, { uid }: Stats, mend: string): void {
  if (uid !== process.geteuid?.()) throw notPrivate(`the ${what} ${path} belongs to another user (uid ${uid})`, mend)
}

function notPrivate(message: string, hint: string): Failure {
  return failure(EXIT.nodeNotReady, 'not-private', message, hint)
}
