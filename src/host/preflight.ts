// SPDX-License-Identifier: Apache-2.0
import { readlinkSync } from 'node:fs'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import { hasCapability } from './capabilities.ts'
import { fileSystemOf } from './mounts.ts'
import { requirePrivateDirectory } from './private-directory.ts'

/** Refuses a node on which nothing can be loaded or pinned (exit 4). */
export function requireNode(pinDir: string): void {
  requirePrivilege()
  requireBpffs(pinDir)
}

/**
 * Maps and programs are opened by their ids, which takes CAP_SYS_ADMIN whatever else one has (bpf(2)); CAP_BPF, CAP_NET_ADMIN
 * and CAP_PERFMON are part of it for the rest. Ending sockets wants CAP_NET_ADMIN too: apply says when that cannot be done.
 */
export function requirePrivilege(): void {
  if (!isFirstUserNamespace()) {
    const message = 'this is a user namespace of its own, whose capabilities do not hold for BPF'
    throw failure(EXIT.nodeNotReady, 'no-permission', message, 'run it as root of the node (in a pod: hostUsers: true)')
  }
  if (hasCapability('CAP_SYS_ADMIN')) return
  const message = 'this needs root, or the capability CAP_SYS_ADMIN'
  throw failure(EXIT.nodeNotReady, 'no-permission', message, 'run it with sudo, or as a privileged pod')
}

/** Pins live on bpffs, in a directory that only root may enter. The directory itself need not exist yet. */
export function requireBpffs(pinDir: string): void {
  if (fileSystemOf(pinDir) === 'bpf') return requirePrivateDirectory(pinDir, 'pin directory')
  const message = `${pinDir} is not on a BPF file system`
  throw failure(
    EXIT.nodeNotReady,
    'no-bpffs',
    message,
    'mount -t bpf -o mode=0700 bpf /sys/fs/bpf, or give another --pin-dir',
  )
}

/** The inode number of the first user namespace, which no other one gets (PROC_USER_INIT_INO of the kernel's proc_ns.h). */
const FIRST_USER_NAMESPACE = 'user:[4026531837]'

function isFirstUserNamespace(): boolean {
  return readlinkSync('/proc/self/ns/user') === FIRST_USER_NAMESPACE
}
