// SPDX-License-Identifier: Apache-2.0
import { Bpftool } from '../../bpf/bpftool/bpftool.ts'
import type { Check } from '../check.ts'
import { ok } from '../finding.ts'

export const bpftool: Check = {
  name: 'bpftool',
  about: 'bpftool is installed and new enough',
  async run() {
    return ok(`bpftool ${await new Bpftool().requireVersion()}`)
  },
}
