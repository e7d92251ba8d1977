// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'

interface Mount {
  /** What of the file system is mounted: a directory, or the name of a namespace (`net:[4026531840]`). */
  root: string
  point: string
  type: string
}

/** The mount table of this process (proc(5), mountinfo); later mounts come later. */
export function mounts(): Mount[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [left, right] = line.split(' - ')
      const [, , , root, point] = left!.split(' ')
      return { root: root!, point: plainPath(point!), type: right!.split(' ')[0]! }
    })
}

function plainPath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
}

/** The type of the file system that a path is on, by the longest mount point above it. */
export function fileSystemOf(path: string): string | undefined {
  let best: Mount | undefined
  for (const mount of mounts()) {
    const above = mount.point === '/' || path === mount.point || path.startsWith(`${mount.point}/`)
    if (above && (!best || mount.point.length >= best.point.length)) best = mount
  }
  return best?.type
}
