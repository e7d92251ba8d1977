import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { requireBpffs, requireCgroup, requirePrivilege } from '../host/preflight.ts'
import { type Check, fail, ok } from './finding.ts'

export const permission: Check = {
  name: 'permission',
  about: 'CAP_SYS_ADMIN, which loading, pinning and attaching take',
  look() {
    requirePrivilege()
    return ok('CAP_SYS_ADMIN')
  },
}

export const bpffs: Check = {
  name: 'bpffs',
  about: 'the pin directory is on a BPF file system that can be written to',
  look({ pinDir }) {
    requireBpffs(pinDir)
    const folder = existing(pinDir)
    if (!isWritable(folder))
      return fail(`${folder} cannot be written to`, 'mount the BPF file system read-write (in a pod: no readOnly)')
    return ok(`${pinDir} is on a BPF file system`)
  },
}

export const cgroup2: Check = {
  name: 'cgroup2',
  about: 'cgroup2 is mounted, and the cgroup is in it',
  look(subject) {
    const cgroup = subject.cgroup()
    requireCgroup(cgroup)
    return ok(`programs go to ${cgroup}`)
  },
}

/** The nearest folder above that is there: apply makes the rest. */
export function existing(path: string): string {
  return existsSync(path) ? path : existing(dirname(path))
}

export function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
