// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'

/** Numbers as in capability.h. */
const CAPABILITIES = { CAP_NET_ADMIN: 12n, CAP_SYS_ADMIN: 21n, CAP_SYS_RESOURCE: 24n } as const

/** Whether this process has a capability in effect. */
export function hasCapability(name: keyof typeof CAPABILITIES): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return ((BigInt(`0x${effective?.[1] ?? '0'}`) >> CAPABILITIES[name]) & 1n) === 1n
}
