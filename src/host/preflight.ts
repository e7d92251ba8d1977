import { statSync } from 'node:fs'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import { hasCapability } from './capabilities.ts'
import { fileSystemOf } from './mounts.ts'
import { requirePrivateDirectory } from './private-directory.ts'

/** Refuses a node on which nothing can be loaded, pinned or attached (exit 4). */
export function requireNode(pinDir: string, cgroup: string): void {
  requirePrivilege()
  requireBpffs(pinDir)
  requireCgroup(cgroup)
}

/**
 * Maps and programs are opened by their ids, which takes CAP_SYS_ADMIN whatever else one has (bpf(2)); CAP_BPF, CAP_NET_ADMIN
 * and CAP_PERFMON are part of it for the rest. Ending sockets wants CAP_NET_ADMIN too: apply says when that cannot be done.
 */
export function requirePrivilege(): void {
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

export function requireCgroup(cgroup: string): void {
  const isDirectory = statSync(cgroup, { throwIfNoEntry: false })?.isDirectory()
  if (isDirectory && fileSystemOf(cgroup) === 'cgroup2') return
  const message = isDirectory ? `${cgroup} is not a cgroup2 directory` : `there is no cgroup ${cgroup}`
  throw failure(EXIT.nodeNotReady, 'no-cgroup', message, 'give a directory of the cgroup2 mount by --cgroup')
}
