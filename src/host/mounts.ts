// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'

interface Mount {
  /** What tells file systems apart: `0:29`. */
  device: string
  /** What of the file system is mounted: a directory, or the name of a namespace (`net:[4026531840]`). */
  root: string
  point: string
  type: string
}

/** The mount table of a process (proc(5), mountinfo); later mounts come later. */
export function mounts(process: number | 'self' = 'self'): Mount[] {
  return readFileSync(`/proc/${process}/mountinfo`, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [left, right] = line.split(' - ')
      const [, , device, root, point] = left!.split(' ')
      return { device: device!, root: root!, point: plainPath(point!), type: right!.split(' ')[0]! }
    })
}

function plainPath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
}

/** The type of the file system that a path is on. */
export function fileSystemOf(path: string): string | undefined {
  return mountOf(path)?.type
}

/** The mount that a path is on, by the longest mount point above it. */
export function mountOf(path: string): Mount | undefined {
  let best: Mount | undefined
  for (const mount of mounts()) {
    const above = mount.point === '/' || path === mount.point || path.startsWith(`${mount.point}/`)
    if (above && (!best || mount.point.length >= best.point.length)) best = mount
  }
  return best
}
