// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'

/** Something that is done where the kernel can. */
interface Feature {
  name: string
  /** What happens without it; docs/served.md says the same, and since when kernels have it. */
  lost: string
  /** Asks the kernel's own description (BTF), where the loader looks too, for names: helpers are `BPF_FUNC_…`. */
  isIn: (knows: (name: string) => boolean) => boolean
}

/** The function that gave a network namespace its cookie when first asked; since it is gone, programs can read the cookie. */
const knowsOwnNetns = (knows: (name: string) => boolean) => !knows('__net_gen_cookie')

export const FEATURES: readonly Feature[] = [
  {
    name: 'errno',
    lost: 'calls that are refused fail with EPERM, not with ECONNREFUSED or EHOSTUNREACH',
    // bpf/verdict.h says why it is this helper.
    isIn: knows => knows('BPF_FUNC_user_ringbuf_drain'),
  },
  {
    name: 'loopback',
    lost: 'node ports are not served on 127.0.0.1 and ::1',
    isIn: knowsOwnNetns,
  },
  {
    name: 'host-source',
    lost: 'source ranges hold processes of the node to the address that they send from, which may be that of a bridge',
    isIn: knowsOwnNetns,
  },
  {
    name: 'sockets-host',
    lost: '--sockets host is refused',
    isIn: knowsOwnNetns,
  },
  {
    name: 'multipath',
    lost: 'getpeername() of Multipath TCP shows the backend',
    // A kernel without Multipath TCP has nothing to show.
    isIn: knows => !knows('mptcp_sock') || knows('BPF_FUNC_skc_to_mptcp_sock'),
  },
]

const BTF = '/sys/kernel/btf/vmlinux'

/** The features that this kernel lacks. */
export function missingFeatures(): Feature[] {
  const description = readBtf()
  return FEATURES.filter(({ isIn }) => !isIn(name => description.includes(`\0${name}\0`)))
}

/** Has this kernel something of this name? */
export function kernelKnows(name: string): boolean {
  return readBtf().includes(`\0${name}\0`)
}

/** The loader needs it as well (exit 4). Names in it end with a zero byte. */
function readBtf(): Buffer {
  try {
    return readFileSync(BTF)
  } catch {
    const hint = 'boot a kernel that was built with CONFIG_DEBUG_INFO_BTF'
    throw failure(EXIT.nodeNotReady, 'no-btf', `this kernel does not describe itself: there is no ${BTF}`, hint)
  }
}
