// SPDX-License-Identifier: Apache-2.0
import { readlinkSync } from 'node:fs'

/** The inode number of the first PID namespace, which no other one gets (PROC_PID_INIT_INO of the kernel's proc_ns.h). */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]'

/** The parent of the kernel's threads. They live in the first network namespace. */
const KTHREADD = '2'

/** Whether this process is in the node's PID namespace, and so sees all of its processes. */
export function seesAllProcesses(): boolean {
  return namespaceOf('self', 'pid') === FIRST_PID_NAMESPACE
}

/** Whether this process is in the node's network namespace; undefined when that cannot be told from here. */
export function isInNodeNetwork(): boolean | undefined {
  const first = seesAllProcesses() ? namespaceOf(KTHREADD, 'net') : undefined
  return first === undefined ? undefined : first === namespaceOf('self', 'net')
}

function namespaceOf(process: string, kind: 'pid' | 'net'): string | undefined {
  try {
    return readlinkSync(`/proc/${process}/ns/${kind}`)
  } catch {
    return undefined
  }
}
