// SPDX-License-Identifier: Apache-2.0
import { AddressScan } from './address-scan.ts'
import { readFlow } from './scalar.ts'

const scan = new AddressScan()

/** A list of addresses in brackets, in their order and each once. */
export function readAddresses(text: string): string[] | undefined {
  const addresses = readFlow(text)
  return addresses && areInOrder(addresses) ? addresses : undefined
}

/** Whether these are canonical addresses in their order, each once. */
export function areInOrder(addresses: readonly string[]): boolean {
  scan.restart()
  return addresses.every(address => scan.take(address) && scan.order > 0)
}
