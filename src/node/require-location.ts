// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import { listGenerations } from '../bpf/generation/pins.ts'
import { requireCgroup } from '../host/cgroups.ts'
import { requireNode } from '../host/preflight.ts'
import type { Location } from './target.ts'

/** Refuses (exit 4) a location where nothing can be loaded, pinned or attached. Reads only. */
export function requireLocation(location: Location): void {
  requireNode(location.pinDir)
  requireServedCgroup(location)
}

/** Refuses (exit 4) a cgroup that does not exist; of one that was removed it says what went with it. */
export function requireServedCgroup({ pinDir, cgroup }: Location): void {
  if (existsSync(cgroup) || listGenerations(pinDir).length === 0) return requireCgroup(cgroup)
  const message = `there is no cgroup ${cgroup}; if it was removed, the kernel detached the programs with it, and the maps under ${pinDir} serve nothing`
  const hint = 'apply with another --cgroup to serve again, or run balancing cleanup to remove what is left'
  throw failure(EXIT.nodeNotReady, 'no-cgroup', message, hint)
}
