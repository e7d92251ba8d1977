// SPDX-License-Identifier: Apache-2.0
import { tryDestroying } from '../../bpf/sockets/try-destroying.ts'
import { hasCapability } from '../../host/capabilities.ts'
import type { Check } from '../check.ts'
import { GIVE_NET_ADMIN, ok, warn } from '../finding.ts'

export const destroySockets: Check = {
  name: 'destroy-sockets',
  about: 'nsenter and ss are installed, and the kernel lets them destroy sockets',
  needs: ['permission'],
  async run() {
    const reason = await tryDestroying()
    if (reason === undefined) return ok('apply can destroy connected UDP sockets whose backend is gone')
    const found = `connected UDP sockets keep a backend that is gone: ${reason}`
    if (!hasCapability('CAP_NET_ADMIN')) return warn(found, GIVE_NET_ADMIN)
    return warn(
      found,
      'install iproute2 and util-linux; the kernel needs CONFIG_INET_DIAG_DESTROY and CONFIG_INET_UDP_DIAG',
    )
  },
}
