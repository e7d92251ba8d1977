// SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cgroupOf, pinsOf, removeTraces, sweep } from '../test/kernel/traces.ts'
import { killChildren } from './child.ts'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** A compiled tool of the bench. */
export function tool(name: string): string {
  return join(ROOT, 'build/bench', name)
}

/** Places that this run made for itself, and the command that it measures. */
export interface Scratch {
  /** What the names of network namespaces begin with. */
  id: string
  /** A directory on disk. */
  files: string
  /** A cgroup; cgroups for programs are made below it. */
  cgroup: string
  /** A directory under bpffs. */
  pins: string
  /** bin/balancing of a copy of the build, so that a `make` meanwhile does not change what is measured. */
  balancing: string
}

/**
 * Makes the places, after removing those of runs that were killed. However this process ends, short of SIGKILL, it
 * first ends its commands and removes all of them; nothing outside of them is ever changed.
 */
export function openScratch(): Scratch {
  sweep()
  const id = `bal-${process.pid}-0`
  const files = mkdtempSync(join(tmpdir(), 'balancing-bench-'))
  process.once('exit', () => {
    killChildren()
    removeTraces(id)
    rmSync(files, { recursive: true, force: true })
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]))
  }
  mkdirSync(cgroupOf(id))
  mkdirSync(pinsOf(id))
  for (const part of ['bin', 'dist']) cpSync(join(ROOT, part), join(files, part), { recursive: true })
  return { id, files, cgroup: cgroupOf(id), pins: pinsOf(id), balancing: join(files, 'bin/balancing') }
}

/** A new cgroup below that of the run. */
export function newCgroup(scratch: Scratch, name: string): string {
  const path = join(scratch.cgroup, name)
  mkdirSync(path)
  return path
}
