// SPDX-License-Identifier: Apache-2.0
import { programsFor } from '../../bpf/generation/programs.ts'
import { requireRoom } from '../../bpf/hooks/foreign-programs.ts'
import { emptyImage } from '../../datapath/image.ts'
import type { Check } from '../check.ts'
import { ok, unknown, warn } from '../finding.ts'
import { CALICO, CILIUM } from '../known-proxies.ts'
import { listPrograms, NEEDS } from '../other-proxy.ts'

export const foreignPrograms: Check = {
  name: 'foreign-programs',
  about: 'foreign programs at the same hooks leave room, and are known',
  needs: NEEDS,
  async run(machine) {
    const { node, status } = await machine.node()
    requireRoom(node.state, programsFor((await node.observed()) ?? emptyImage()))
    if (status.foreignUnknown !== null) return unknown(status.foreignUnknown)
    const others = status.foreignPrograms.filter(p => ![CILIUM, CALICO].some(proxy => proxy.program.test(p.name)))
    if (others.length === 0) return ok('no unknown program is at the same hooks')
    return warn(
      listPrograms(others),
      'find out who attached it, and what it does to the addresses that applications dial',
    )
  },
}
