import { readlinkSync } from 'node:fs'
import { type Check, ok, unknown, warn } from './finding.ts'

/** The inode number of the first PID namespace, which no other one gets (PROC_PID_INIT_INO of the kernel's proc_ns.h). */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]'

/** The parent of the kernel's threads. They live in the first network namespace. */
const KTHREADD = '2'

export const pidNamespace: Check = {
  name: 'pid-namespace',
  about: "all of the node's processes are in sight",
  look() {
    if (namespace('self', 'pid') === FIRST_PID_NAMESPACE) return ok('all processes of this node are in sight')
    const found =
      'this is a PID namespace of its own: connected UDP sockets of namespaces that no process here has are not ended'
    return warn(found, 'run it in the PID namespace of the node (in a pod: hostPID: true)')
  },
}

export const networkNamespace: Check = {
  name: 'network-namespace',
  about: "this is the node's network namespace, where node ports of 127.0.0.1 and ::1 are served",
  look() {
    const first = namespace('self', 'pid') === FIRST_PID_NAMESPACE ? namespace(KTHREADD, 'net') : undefined
    if (first === undefined) return unknown('which is the network namespace of the node cannot be seen from here')
    if (first === namespace('self', 'net')) return ok('the network namespace of the node')
    const found = 'not the network namespace of the node: node ports of 127.0.0.1 and ::1 are served where apply runs'
    return warn(found, "run it in the node's network namespace (in a pod: hostNetwork: true)")
  },
}

function namespace(process: string, kind: 'pid' | 'net'): string | undefined {
  try {
    return readlinkSync(`/proc/${process}/ns/${kind}`)
  } catch {
    return undefined
  }
}
