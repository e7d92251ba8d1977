// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** The processes of a cgroup and of those below it that are to be seen from here. */
export function* processesBelow(cgroup: string): Generator<number> {
  for (const line of textOf(join(cgroup, 'cgroup.procs')).split('\n')) if (Number(line) > 0) yield Number(line)
  for (const name of foldersIn(cgroup)) yield* processesBelow(join(cgroup, name))
}

/** A process of each network namespace that has one below a cgroup, by the inode number of the namespace. */
export function networkNamespacesBelow(cgroup: string): Map<number, number> {
  const namespaces = new Map<number, number>()
  for (const pid of processesBelow(cgroup)) {
    const number = networkNamespaceOf(pid)
    if (number !== undefined && !namespaces.has(number)) namespaces.set(number, pid)
  }
  return namespaces
}

/** The inode number of a network namespace; undefined for a process that has ended. */
export function networkNamespaceOf(process: number | 'self'): number | undefined {
  try {
    return Number(/^net:\[(\d+)\]$/.exec(readlinkSync(`/proc/${process}/ns/net`))?.[1])
  } catch {
    return undefined
  }
}

/** Empty for a cgroup of threads, or one that is gone. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function foldersIn(cgroup: string): string[] {
  try {
    return readdirSync(cgroup, { withFileTypes: true }).flatMap(entry => (entry.isDirectory() ? [entry.name] : []))
  } catch {
    return []
  }
}
