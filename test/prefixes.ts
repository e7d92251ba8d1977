// SPDX-License-Identifier: Apache-2.0
import { familyOf } from '../src/base/address.ts'
import { formatBackend } from '../src/datapath/backend.ts'
import type { Dial } from '../src/datapath/dial.ts'
import type { Image } from '../src/datapath/image.ts'
import { lookup } from '../src/datapath/lookup.ts'
import type { Step } from '../src/plan/plan.ts'
import { simulate } from '../src/plan/simulate.ts'
import { NODE_PORTS, NODES, OUTER, PORTS, VIPS } from './arbitrary/transition.ts'

/** Every address that can be dialled in the small specs, and one that no Service has. */
export const DIALLED = [
  ...[...VIPS[4], ...VIPS[6], ...OUTER, ...NODES.flatMap(n => n.addresses)],
  ...['127.0.0.1', '::1', '8.8.8.8'],
]

/** Every port of them and one that no Service has, by the node itself, and by a pod whose address some source ranges hold. */
const DIALS: Dial[] = DIALLED.flatMap(address => {
  const source = familyOf(address) === 4 ? '10.244.0.200' : 'fd00:244::c8'
  return [...PORTS, ...NODE_PORTS, 9].flatMap(port =>
    (['TCP', 'UDP'] as const).flatMap(protocol => [
      { address, port, protocol, client: { isInHostNetns: true } },
      { address, port, protocol, client: { source } },
    ]),
  )
})

/** Throws unless each dial has its old or its new verdict after every prefix of the steps. */
export function expectWorkingPrefixes(from: Image, to: Image, steps: readonly Step[]): void {
  const before = DIALS.map(dial => verdict(from, dial))
  const after = DIALS.map(dial => verdict(to, dial))
  for (let n = 0; n <= steps.length; n++) {
    const between = simulate(from, steps.slice(0, n))
    for (const [i, dial] of DIALS.entries()) {
      const now = verdict(between, dial)
      if (now === before[i] || now === after[i]) continue
      const at = `${JSON.stringify(dial)} after ${n} of ${steps.length} steps`
      throw new Error(`${at}: ${now}, not ${before[i]} or ${after[i]}`)
    }
  }
}

function verdict(image: Image, dial: Dial): string {
  const v = lookup(image, dial)
  if (v.kind === 'forward') return v.backends.map(formatBackend).join(' ')
  return v.kind === 'refuse' ? v.errno : v.kind
}
