// SPDX-License-Identifier: Apache-2.0
export const HOOKS = ['connect', 'sendmsg', 'recvmsg'] as const
export type Hook = (typeof HOOKS)[number]

/** A dataplane that is attached to a cgroup of its own. */
export interface Attached {
  cgroup: string
  /** Pins of the programs that may run in a call: first the one that the call is made for. */
  programs: (hook: Hook) => string[]
  /** Sends who dials a VIP to a backend. */
  rewrites: boolean
}
