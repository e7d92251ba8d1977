// SPDX-License-Identifier: Apache-2.0
import { mountOf, mounts } from './mounts.ts'
import { seesAllProcesses } from './node-namespaces.ts'

/**
 * Whether the file system of a path is mounted for the node too, and not for this container alone, whose end is the end of all pins
 * on it. Process 1 of the node has the node's mounts; undefined where it is not to be seen.
 */
export function isMountedOnNode(path: string): boolean | undefined {
  const device = mountOf(path)?.device
  const ofNode = seesAllProcesses() ? mountsOfNode() : undefined
  return ofNode?.some(mount => mount.device === device)
}

function mountsOfNode(): ReturnType<typeof mounts> | undefined {
  try {
    return mounts(1)
  } catch {
    return undefined // no permission
  }
}
