// SPDX-License-Identifier: Apache-2.0
import { type Address, parseAddress } from '../../base/address.ts'
import { runChild } from '../child.ts'
import { ScratchFile } from '../scratch.ts'
import { objects, readToolJson } from '../tool-json.ts'
import { unreadable } from './unreadable.ts'

/** Which source address does the node choose for packets that leave by a device for a destination? */
export interface SourceQuestion {
  device: string
  destination: Address
}

/**
 * The source addresses that the kernel chooses, by `DEVICE DESTINATION`, from one process. A question without an answer (no
 * route) is missing. Exit 4 where iproute2 cannot tell.
 */
export async function readSources(questions: readonly SourceQuestion[]): Promise<Map<string, Address>> {
  if (questions.length === 0) return new Map()
  const lines = questions.map(({ device, destination }) => `route get ${destination} oif ${device}\n`)
  const batch = new ScratchFile(lines.join(''))
  try {
    // Its exit code says no more than that some question has no answer.
    const { stdout, failure: reason } = await runChild('ip', ['-j', '-force', '-batch', '-'], { stdin: batch.fd })
    const sources = reason ?? parseSources(stdout)
    if (typeof sources === 'string') throw unreadable(sources)
    return sources
  } finally {
    batch.close()
  }
}

/** An array a line, where there is a route; or why they cannot be read. */
export function parseSources(text: string): Map<string, Address> | string {
  const sources = new Map<string, Address>()
  for (const [line] of text.matchAll(/^\[.*$/gm)) {
    const answers = readToolJson('ip route get', line, value => objects<Shown>(value).flatMap(sourceOf))
    if (typeof answers === 'string') return answers
    for (const [key, source] of answers) sources.set(key, source)
  }
  return sources
}

function sourceOf({ dst = '', dev = '', prefsrc }: Partial<Shown>): [string, Address][] {
  const [destination, source] = [parseAddress(dst), prefsrc && parseAddress(prefsrc)]
  return destination && source ? [[sourceKey({ device: dev, destination }), source]] : []
}

export function sourceKey({ device, destination }: SourceQuestion): string {
  return `${device} ${destination}`
}

interface Shown {
  dst: string
  dev: string
  prefsrc: string
}
