// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { hasCapability } from './capabilities.ts'

/** Before Linux 5.11, maps count as locked memory (RLIMIT_MEMLOCK); since then the memory cgroup of whoever makes them pays. */
export function countsLockedMemory(kernel = release()): boolean {
  const [major, minor] = kernel.split('.').map(part => Number.parseInt(part, 10))
  return major! < 5 || (major === 5 && minor! < 11)
}

/** bpftool raises the limit by itself where it may (CAP_SYS_RESOURCE). */
export function hasEnoughLockedMemory(): boolean {
  const hard = /^Max locked memory\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  return hard === 'unlimited' || hasCapability('CAP_SYS_RESOURCE')
}
