// SPDX-License-Identifier: Apache-2.0
import { hashOfPrograms } from '../../node/shipped-programs.ts'
import type { Check } from '../check.ts'
import { ok } from '../finding.ts'

export const programs: Check = {
  name: 'programs',
  about: 'this build ships its compiled BPF programs',
  run({ object }) {
    return ok(`programs ${hashOfPrograms(object).slice(0, 12)}`)
  },
}
