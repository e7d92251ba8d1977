import { orphaned } from '../node/guard.ts'
import { type Check, fail, ok, refused, warn } from './finding.ts'

/** Damage first, then what the next apply clears away by itself. */
export const applied: Check = {
  name: 'applied',
  about: 'what was applied here serves, whole and alone',
  needs: ['permission', 'bpffs', 'cgroup2', 'bpftool', 'programs'],
  async look(subject) {
    const { node, condition } = await subject.node()
    const { current, orphans, generations } = node.state
    const { damage, leftovers, isOurBuild } = condition
    const again = 'run balancing apply with the spec again: it makes new ones beside what serves'
    if (orphans.length > 0)
      return refused(orphaned(orphans, node.target.cgroup, 'balancing apply --force detaches them'))
    if (!current && generations.length > 0) return fail('pins are there, and no program is attached', again)
    if (damage !== undefined) return fail(damage, again)
    if (!current) return ok('nothing is applied yet')
    if (!current.revision) return fail('the revision of what serves is missing', again)
    if (leftovers.length > 0)
      return warn(`an unfinished apply left ${leftovers.join(', ')}`, 'the next apply removes it')
    const build = isOurBuild ? '' : ', by programs of another build'
    return ok(`revision ${current.revision.spec.slice(0, 12)} is served${build}`)
  },
}
