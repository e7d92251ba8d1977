// SPDX-License-Identifier: Apache-2.0
import { release } from 'node:os'
import { missingFeatures } from '../../bpf/features.ts'
import type { Check } from '../check.ts'
import { ok, warn } from '../finding.ts'

export const kernel: Check = {
  name: 'kernel',
  about: 'the kernel has BTF and every feature that balancing uses',
  run() {
    const missing = missingFeatures()
    if (missing.length === 0) return ok(`Linux ${release()} has every feature`)
    const lacks = missing.map(({ name, lost }) => `it lacks ${name}: ${lost}`).join('; ')
    return warn(`Linux ${release()}: ${lacks}`, 'boot a newer kernel, or accept the loss: everything else is served')
  },
}
