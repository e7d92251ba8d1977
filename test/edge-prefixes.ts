// SPDX-License-Identifier: Apache-2.0
import { familyOf, foldAddress } from '../src/base/address.ts'
import { PROTOCOL_NUMBERS } from '../src/base/protocol.ts'
import { formatBackend } from '../src/datapath/backend.ts'
import { checkIn, decodeAddress } from '../src/datapath/check.ts'
import { decode, encodeU32 } from '../src/datapath/codec.ts'
import type { Destination } from '../src/datapath/dial.ts'
import { filterHas, foldPort } from '../src/datapath/filter.ts'
import type { Image } from '../src/datapath/image.ts'
import { addressKey } from '../src/datapath/keys.ts'
import { enums } from '../src/datapath/layout.gen.ts'
import { isListed, listFor } from '../src/datapath/list.ts'
import { lookup, matchedKey } from '../src/datapath/lookup.ts'
import { isNodePort } from '../src/plan/node-ports.ts'
import type { Step } from '../src/plan/plan.ts'
import { simulate } from '../src/plan/simulate.ts'
import { NODE_PORTS, PORTS } from './arbitrary/transition.ts'
import { DIALLED } from './prefixes.ts'

const DESTINATIONS: Destination[] = DIALLED.flatMap(address =>
  [...PORTS, ...NODE_PORTS, 9].flatMap(port =>
    (['TCP', 'UDP'] as const).map(protocol => ({ address, port, protocol })),
  ),
)

/** Throws unless edges serve each packet as before or as after, and all that they need stands, after every prefix of the steps. */
export function expectWorkingEdges(from: Image, to: Image, steps: readonly Step[]): void {
  const allowed = DESTINATIONS.map(
    destination => new Set([from, to].flatMap(image => allowedVerdicts(image, destination))),
  )
  const served = [from, to].filter(({ devices }) => devices.size > 0)
  const gated = DESTINATIONS.filter(destination => served.some(image => matches(image, destination)))
  const hasEdges = from.devices.size > 0 && to.devices.size > 0
  let between = from
  for (let n = 0; n <= steps.length; n++) {
    if (n > 0) between = simulate(between, [steps[n - 1]!])
    const at = `after ${n} of ${steps.length} steps`
    for (const [i, destination] of DESTINATIONS.entries()) {
      const now = verdict(between, destination)
      if (allowed[i]!.has(now)) continue
      throw new Error(`${JSON.stringify(destination)} ${at}: ${now}, not ${[...allowed[i]!].join(' or ')}`)
    }
    const missed = between.devices.size > 0 && gated.find(to => matches(between, to) && !passesGates(between, to))
    if (missed) throw new Error(`${at}: no packet to ${JSON.stringify(missed)} passes the filters`)
    for (const fault of faultsOf(between)) throw new Error(`${at}: ${fault}`)
    if (!hasEdges) continue
    for (const fault of unlisted(between)) throw new Error(`${at}: ${fault}`)
  }
}

/** What an image does. While a node gains its edges, or loses them, they may do what the frontends of the image without edges say. */
function allowedVerdicts(image: Image, destination: Destination): string[] {
  return image.devices.size > 0 ? [verdict(image, destination)] : ['pass', answer(image, destination)]
}

/** What becomes of a new flow from outside. */
function verdict(image: Image, destination: Destination): string {
  return image.devices.size > 0 && passesGates(image, destination) ? answer(image, destination) : 'pass'
}

export function passesGates(image: Image, { address, port, protocol }: Destination): boolean {
  const destination = foldPort(foldAddress(address), port, PROTOCOL_NUMBERS[protocol])
  return filterHas(image.address_filter, foldAddress(address)) && filterHas(image.port_filter, destination)
}

/** Whether a packet to it matches a frontend: a node port only at an address of the node itself. */
function matches(image: Image, destination: Destination): boolean {
  const key = matchedKey(image, destination)
  return key !== undefined && (!isNodePort({ key }) || isOwn(image, destination.address))
}

/** What becomes of a new flow that gets past the gates. */
function answer(image: Image, destination: Destination): string {
  if (!matches(image, destination)) return 'pass'
  const found = lookup(image, { ...destination, client: { source: '198.51.100.9', list: 'external' } })
  return found.kind === 'forward' ? found.backends.map(formatBackend).join(' ') : JSON.stringify(found)
}

function isOwn(image: Image, address: string): boolean {
  const key = addressKey(address)
  return (decodeAddress(key, image.addresses.get(key)!)! & enums.address_flags.ADDRESS_THIS_NODE) !== 0
}

/** What an image with edges lacks. */
function* faultsOf(image: Image): Generator<string> {
  for (const value of image.devices.values()) {
    const { nat4, nat6 } = decode('device', value)
    for (const nat of [nat4, nat6])
      if (nat !== '::' && !filterHas(image.address_filter, foldAddress(nat)))
        yield `no packet to ${nat} passes the filter`
  }
  const epoch = image.epoch.get(encodeU32(0))
  const sum = [...image.frontends.values()].reduce((sum, value) => sum + checkIn(value), 0n)
  if (epoch !== undefined && decode('epoch', epoch).epoch !== BigInt.asUintN(64, sum))
    yield 'the epoch is that of other frontends'
}

/** Frontends of flows that would move with every change. */
function* unlisted(image: Image): Generator<string> {
  for (const [key, value] of image.frontends) {
    const { address, protocol } = decode('frontend_key', key)
    if (protocol !== PROTOCOL_NUMBERS.UDP) continue
    const frontend = decode('frontend', value)
    const list = listFor(frontend, 'external')
    const backends = list.read(image, frontend, familyOf(address)) ?? []
    if (backends.some(backend => isListed(image, list, backend) !== true))
      yield 'the backends of a UDP frontend are not found in its list'
  }
}
