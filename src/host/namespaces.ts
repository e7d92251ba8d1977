// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readlinkSync } from 'node:fs'
import { mounts } from './mounts.ts'

/**
 * Paths that lead into network namespaces, by inode number: a bind mount (`ip netns` and container runtimes make them),
 * else a process that lives there. Namespaces that only an open file holds have none.
 */
export function waysInto(namespaces: Iterable<number>): Map<number, string> {
  const wanted = new Set(namespaces)
  const ways = new Map<number, string>()
  const take = (name: string, path: string) => {
    const number = Number(/^net:\[(\d+)\]$/.exec(name)?.[1])
    if (wanted.delete(number)) ways.set(number, path)
  }
  for (const { root, point } of mounts()) take(root, point)
  for (const pid of readdirSync('/proc')) {
    if (wanted.size === 0) break
    const path = `/proc/${pid}/ns/net`
    if (/^\d+$/.test(pid)) take(linkAt(path), path)
  }
  return ways
}

function linkAt(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return '' // the process has ended, or is a kernel thread
  }
}
