import { requireCgroup } from '../../host/preflight.ts'
import type { Check } from '../check.ts'
import { ok } from '../finding.ts'

export const cgroup2: Check = {
  name: 'cgroup2',
  about: 'cgroup2 is mounted, and the cgroup exists',
  run(machine) {
    const cgroup = machine.cgroup()
    requireCgroup(cgroup)
    return ok(`programs attach to ${cgroup}`)
  },
}
