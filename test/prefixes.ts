import { familyOf } from '../src/base/address.ts'
import { formatBackend } from '../src/datapath/backend.ts'
import type { Image } from '../src/datapath/image.ts'
import { type Flow, lookup } from '../src/datapath/lookup.ts'
import type { Step } from '../src/plan/plan.ts'
import { simulate } from '../src/plan/simulate.ts'
import { NODE_PORTS, NODES, OUTER, PORTS, VIPS } from './arbitrary/transition.ts'

/** Everything that can be dialled in the small specs, and a port and an address that no Service has. */
const DIALLED = [
  ...[...VIPS[4], ...VIPS[6], ...OUTER, ...NODES.flatMap(n => n.addresses)],
  ...['127.0.0.1', '::1', '8.8.8.8'],
]

/** By the node itself, and by a pod whose address some source ranges hold. */
const FLOWS: Flow[] = DIALLED.flatMap(address => {
  const source = familyOf(address) === 4 ? '10.244.0.200' : 'fd00:244::c8'
  return [...PORTS, ...NODE_PORTS, 9].flatMap(port =>
    (['TCP', 'UDP'] as const).flatMap(protocol => [
      { address, port, protocol, atHome: true },
      { address, port, protocol, source },
    ]),
  )
})

/** Throws unless each flow has its old or its new verdict after every prefix of the steps. */
export function expectWorkingPrefixes(from: Image, to: Image, steps: readonly Step[]): void {
  const before = FLOWS.map(flow => verdict(from, flow))
  const after = FLOWS.map(flow => verdict(to, flow))
  for (let n = 0; n <= steps.length; n++) {
    const between = simulate(from, steps.slice(0, n))
    for (const [i, flow] of FLOWS.entries()) {
      const now = verdict(between, flow)
      if (now === before[i] || now === after[i]) continue
      const at = `${JSON.stringify(flow)} after ${n} of ${steps.length} steps`
      throw new Error(`${at}: ${now}, not ${before[i]} or ${after[i]}`)
    }
  }
}

function verdict(image: Image, flow: Flow): string {
  const v = lookup(image, flow)
  if (v.kind === 'forward') return v.backends.map(formatBackend).join(' ')
  return v.kind === 'refuse' ? v.errno : v.kind
}
