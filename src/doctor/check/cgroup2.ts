// SPDX-License-Identifier: Apache-2.0
import { requireServedCgroup } from '../../node/require-location.ts'
import type { Check } from '../check.ts'
import { ok } from '../finding.ts'

export const cgroup2: Check = {
  name: 'cgroup2',
  about: 'cgroup2 is mounted, and the cgroup is the root of the node, or exists and was named',
  run(machine) {
    const cgroup = machine.cgroup()
    requireServedCgroup({ pinDir: machine.pinDir, cgroup })
    return ok(`programs attach to ${cgroup}`)
  },
}
