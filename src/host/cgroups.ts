// SPDX-License-Identifier: Apache-2.0
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import { fileSystemOf, mounts } from './mounts.ts'

/**
 * The cgroup2 directory that holds the most: the root of the node's hierarchy where a mount shows it. A process in a cgroup
 * namespace of its own sees only its part, however it mounts cgroup2. Exit 4 when cgroup2 is not mounted.
 */
export function topCgroup(): string {
  const points = mounts().flatMap(({ type, point }) => (type === 'cgroup2' ? [point] : []))
  const found = points.find(isRootCgroup) ?? points[0]
  if (found !== undefined) return found
  const hint = 'mount -t cgroup2 none /sys/fs/cgroup/unified, or name a directory by --cgroup'
  throw failure(EXIT.nodeNotReady, 'no-cgroup2', 'cgroup2 is not mounted on this machine', hint)
}

/**
 * The root of the node's cgroup2 hierarchy, which all processes of the node are below. Exit 4 when no mount shows it: programs
 * at the root of a container serve that container alone.
 */
export function nodeCgroup(): string {
  const top = topCgroup()
  if (isRootCgroup(top)) return top
  const message = `${top} is not the root of the node's cgroup2 hierarchy, but a part of it: other pods and processes are not below it`
  const hint = `mount the node's (in a pod: hostPath /sys/fs/cgroup, without a cgroup namespace of its own); --cgroup ${top} serves that part only`
  throw failure(EXIT.nodeNotReady, 'partial-cgroup', message, hint)
}

/** The kernel gives every cgroup but the root of the hierarchy a file cgroup.type. */
function isRootCgroup(path: string): boolean {
  return existsSync(join(path, 'cgroup.procs')) && !existsSync(join(path, 'cgroup.type'))
}

/** Refuses (exit 4) a path that is not a cgroup2 directory. */
export function requireCgroup(cgroup: string): void {
  const isDirectory = statSync(cgroup, { throwIfNoEntry: false })?.isDirectory()
  if (isDirectory && fileSystemOf(cgroup) === 'cgroup2') return
  const message = isDirectory ? `${cgroup} is not a cgroup2 directory` : `there is no cgroup ${cgroup}`
  throw failure(EXIT.nodeNotReady, 'no-cgroup', message, 'give a directory of the cgroup2 mount by --cgroup')
}
