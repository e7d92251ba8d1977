// SPDX-License-Identifier: Apache-2.0
/** A kernel that the programs are tried on. */
export interface Kernel {
  /** The Debian release whose newest kernel it is. */
  release: string
  /** How its version begins; any, where the newest is wanted. */
  linux: string
  /** What it does not have: features (src/bpf/features.ts); `mptcp`, Multipath TCP itself; `destroyer`, bpf_sock_destroy(). */
  lacks: readonly string[]
  /** Does it say how programs are attached? Then what leaves no room is seen before anything is built. */
  saysFlags: boolean
}

export const KERNELS: readonly Kernel[] = [
  {
    release: 'bullseye',
    linux: '5.10.',
    lacks: ['errno', 'loopback', 'host-source', 'sockets-host', 'mptcp', 'destroyer'],
    saysFlags: false,
  },
  { release: 'bookworm', linux: '6.1.', lacks: ['destroyer'], saysFlags: true },
  { release: 'trixie', linux: '6.12.', lacks: [], saysFlags: true },
  // The newest packaged one is in one of these two.
  { release: 'trixie-backports', linux: '', lacks: [], saysFlags: true },
  { release: 'sid', linux: '', lacks: [], saysFlags: true },
]
