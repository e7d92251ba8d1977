import { release } from 'node:os'
import { missingFeatures } from '../bpf/features.ts'
import { countsLockedMemory, hasEnoughLockedMemory } from '../host/locked-memory.ts'
import { type Check, ok, warn } from './finding.ts'

export const kernel: Check = {
  name: 'kernel',
  about: 'the kernel describes itself (BTF), and has what is made use of',
  look() {
    const missing = missingFeatures()
    if (missing.length === 0) return ok(`Linux ${release()} has every feature`)
    const lacks = missing.map(({ name, lost }) => `it lacks ${name}: ${lost}`).join('; ')
    return warn(`Linux ${release()}: ${lacks}`, 'boot a newer kernel, or live with it: the rest is served')
  },
}

export const lockedMemory: Check = {
  name: 'locked-memory',
  about: 'room for maps, where the kernel counts them as locked memory (before Linux 5.11)',
  look() {
    if (!countsLockedMemory()) return ok('this kernel charges maps to memory cgroups, not to a limit of locked memory')
    if (hasEnoughLockedMemory()) return ok('the limit of locked memory is none, or may be raised')
    const found = `Linux ${release()} counts maps as locked memory, of which this process has a limit`
    return warn(found, 'ulimit -l unlimited (systemd: LimitMEMLOCK=infinity)')
  },
}
