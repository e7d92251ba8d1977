// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs'

/** The ids of the processes that are to be seen from here, run, and have this name (of which the kernel keeps 15 characters). */
export function processesNamed(name: string): number[] {
  const ids = readdirSync('/proc').filter(entry => /^\d+$/.test(entry))
  return ids.filter(id => nameOf(id) === name.slice(0, 15)).map(Number)
}

/** From proc(5), stat: `1234 (kube-proxy) S …`. Z and X have ended, and wait for their parents. */
function nameOf(id: string): string | undefined {
  try {
    return /^\d+ \((.*)\) [^ZX]/s.exec(readFileSync(`/proc/${id}/stat`, 'utf8'))?.[1]
  } catch {
    return undefined // it has ended
  }
}
