// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs'

/** A process that keeps a lock. */
interface LockHolder {
  pid: number
  /** Its command line, at most 80 characters of it, without control characters. */
  command: string
}

/**
 * The processes, as far as they are seen from here, that hold the flock(2) lock of a file with this inode number: all that
 * share the open file by which it was taken (proc(5), fdinfo).
 */
export function lockHolders(inode: number): LockHolder[] {
  const isLock = new RegExp(`^lock:.*FLOCK.*:${inode} `, 'm')
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return pids
    .filter(pid => descriptorsOf(pid).some(text => isLock.test(text)))
    .map(pid => ({ pid: Number(pid), command: commandOf(pid) }))
}

function descriptorsOf(pid: string): string[] {
  const folder = `/proc/${pid}/fdinfo`
  return (attempt(() => readdirSync(folder)) ?? []).flatMap(
    fd => attempt(() => readFileSync(`${folder}/${fd}`, 'utf8')) ?? [],
  )
}

const MOST_CHARACTERS = 80

function commandOf(pid: string): string {
  const words = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? ''
  const text = words.replace(/\0$/, '').replace(/[\0\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text
}

/** Undefined when a process has ended meanwhile, or is not ours to look at. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
