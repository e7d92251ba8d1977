// SPDX-License-Identifier: Apache-2.0
import { type Address, byAddress, type Family, familyOf } from '../../base/address.ts'
import type { Steps } from '../../base/steps.ts'
import type { Device, DeviceFacts } from '../../host/devices/device-facts.ts'
import { type SourceQuestion, sourceKey } from '../../host/devices/read-sources.ts'
import { routeLookup } from '../../host/devices/route-lookup.ts'
import type { Places } from './places.ts'

const FAMILIES: readonly Family[] = [4, 6]

/**
 * What to ask the kernel to learn the address of each edge: the source of packets to a backend that is reached by it, else to
 * another node. In each family the lowest address, so that equal facts ask equal questions.
 */
export function* sourceQuestions(
  { routes }: DeviceFacts,
  edges: readonly Device[],
  places: Places,
): Steps<SourceQuestion[]> {
  const lookup = routeLookup(routes)
  const lowest = new Map<string, Address>()
  for (const group of [places.endpointsElsewhere, places.nodes]) {
    const ofGroup = new Map<string, Address>()
    for (const destination of group) {
      yield
      for (const device of new Set(lookup(destination).flatMap(route => route.devices))) {
        const key = edgeKey(device, familyOf(destination))
        const known = ofGroup.get(key)
        if (known === undefined || byAddress(destination, known) < 0) ofGroup.set(key, destination)
      }
    }
    for (const [key, destination] of ofGroup) if (!lowest.has(key)) lowest.set(key, destination)
  }
  return edges.flatMap(({ name }) =>
    FAMILIES.flatMap(family => {
      const destination = lowest.get(edgeKey(name, family))
      return destination === undefined ? [] : [{ device: name, destination }]
    }),
  )
}

/**
 * The address that packets to backends elsewhere get when they leave by an edge: the kernel's answer, else the first address of
 * the device. A link-local address would not be answered by a pod behind a router.
 */
export function natAddress(
  { name, addresses }: Device,
  family: Family,
  questions: readonly SourceQuestion[],
  answers: ReadonlyMap<string, Address>,
): Address | undefined {
  const asked = questions.find(({ device, destination }) => device === name && familyOf(destination) === family)
  const answer = asked && answers.get(sourceKey(asked))
  if (answer !== undefined && !/^fe[89ab]/.test(answer)) return answer
  return addresses.find(address => familyOf(address) === family)
}

function edgeKey(device: string, family: Family): string {
  return `${device} ${family}`
}
