// SPDX-License-Identifier: Apache-2.0
import { shortRevision } from '../../base/short-revision.ts'
import type { Check } from '../check.ts'
import { fail, ok, warn } from '../finding.ts'

const APPLY = 'run balancing apply with the spec again'

/** The judgement of `balancing status`. Damage fails; the next apply repairs drift and an unfinished apply. */
export const applied: Check = {
  name: 'applied',
  about: 'what was applied here is whole, serves, and has not drifted',
  needs: ['permission', 'bpffs', 'cgroup2', 'bpftool', 'programs'],
  async run(machine) {
    const { syncState, reason, damage, revision, thisBuild } = (await machine.node()).status
    const [worst] = damage
    if (worst?.kind === 'orphans') return fail(worst.message, 'balancing apply --force detaches them')
    if (worst?.kind === 'unfinished') return warn(worst.message, 'the next apply removes it')
    if (worst) return fail(worst.message, `${APPLY}: it builds a new generation`)
    if (revision === null) return ok('nothing is applied yet')
    if (syncState === 'drifted') return warn(reason, APPLY)
    const build = thisBuild ? '' : ', by programs of another build'
    return ok(`revision ${shortRevision(revision)} is served${build}`)
  },
}
