import { readFileSync, statSync } from 'node:fs'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import { fileSystemOf } from './mounts.ts'

const CAP_NET_ADMIN = 12n
const CAP_SYS_ADMIN = 21n
const CAP_BPF = 39n

/** Refuses a node on which nothing can be loaded, pinned or attached (exit 4). */
export function requireNode(pinDir: string, cgroup: string): void {
  requirePrivilege()
  requireBpffs(pinDir)
  requireCgroup(cgroup)
}

/** Loading and attaching needs CAP_SYS_ADMIN, or CAP_BPF and CAP_NET_ADMIN (capabilities(7), Linux 5.8). */
function requirePrivilege(): void {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))
  const has = (capability: bigint) => ((BigInt(`0x${effective?.[1] ?? '0'}`) >> capability) & 1n) === 1n
  if (has(CAP_SYS_ADMIN) || (has(CAP_BPF) && has(CAP_NET_ADMIN))) return
  const message = 'this needs root, or the capabilities CAP_BPF and CAP_NET_ADMIN'
  throw failure(EXIT.nodeNotReady, 'no-permission', message, 'run it with sudo, or as a privileged pod')
}

/** Pins live on bpffs. The directory itself need not exist yet. */
function requireBpffs(pinDir: string): void {
  if (fileSystemOf(pinDir) === 'bpf') return
  const message = `${pinDir} is not on a BPF file system`
  throw failure(EXIT.nodeNotReady, 'no-bpffs', message, 'mount -t bpf bpf /sys/fs/bpf, or give another --pin-dir')
}

function requireCgroup(cgroup: string): void {
  const isDirectory = statSync(cgroup, { throwIfNoEntry: false })?.isDirectory()
  if (isDirectory && fileSystemOf(cgroup) === 'cgroup2') return
  const message = isDirectory ? `${cgroup} is not a cgroup2 directory` : `there is no cgroup ${cgroup}`
  throw failure(EXIT.nodeNotReady, 'no-cgroup', message, 'give a directory of the cgroup2 mount by --cgroup')
}
