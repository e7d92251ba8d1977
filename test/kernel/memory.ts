// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { mountOf } from './capable.ts'

/** A memory cgroup; whoever is in it can have so much memory, and so can what the kernel keeps for it. */
export interface MemoryCgroup {
  path: string
  limit(bytes: number): void
  /** Bytes that the kernel keeps for it now. */
  charged(): number
  remove(): void
}

/** Makes a memory cgroup, of either version; undefined where the kernel has none to give. */
export function makeMemoryCgroup(name: string): MemoryCgroup | undefined {
  const old = oldMount()
  const parent = old ?? mountOf('cgroup2')!
  const controllers = () => readFileSync(`${parent}/cgroup.controllers`, 'utf8').split(/\s/)
  if (old === undefined && !controllers().includes('memory')) return undefined
  if (old === undefined) writeFileSync(`${parent}/cgroup.subtree_control`, '+memory')
  const path = `${parent}/${name}`
  mkdirSync(path)
  return {
    path,
    limit: bytes => writeFileSync(`${path}/${old ? 'memory.limit_in_bytes' : 'memory.max'}`, String(bytes)),
    charged: () => Number(readFileSync(`${path}/${old ? 'memory.kmem.usage_in_bytes' : 'memory.current'}`, 'utf8')),
    remove: () => existsSync(path) && rmdirSync(path),
  }
}

/** Where the memory controller of cgroup version 1 is mounted. */
function oldMount(): string | undefined {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return lines.find(line => /- cgroup \S+ \S*\bmemory\b/.test(line))?.split(' ')[4]
}
