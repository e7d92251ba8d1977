// SPDX-License-Identifier: Apache-2.0
import { type Address, parseAddress } from '../../base/address.ts'
import { runChild } from '../child.ts'
import { ScratchFile } from '../scratch.ts'

/** Which source address does the node choose for packets that leave by a device for a destination? */
export interface SourceQuestion {
  device: string
  destination: Address
}

/**
 * The source addresses that the kernel chooses, by `DEVICE DESTINATION`, from one process. A question without an answer (no
 * route) is missing.
 */
export async function readSources(questions: readonly SourceQuestion[]): Promise<Map<string, Address>> {
  if (questions.length === 0) return new Map()
  const lines = questions.map(({ device, destination }) => `route get ${destination} oif ${device}\n`)
  const batch = new ScratchFile(lines.join(''))
  try {
    const { stdout } = await runChild('ip', ['-j', '-force', '-batch', '-'], { stdin: batch.fd })
    return parseSources(stdout)
  } finally {
    batch.close()
  }
}

/** An array a line, where there is a route. */
export function parseSources(text: string): Map<string, Address> {
  const answers = [...text.matchAll(/^\[.*\]\s*$/gm)].flatMap(([line]) => JSON.parse(line) as Shown[])
  return new Map(
    answers.flatMap(({ dst = '', dev, prefsrc }) => {
      const [destination, source] = [parseAddress(dst), prefsrc && parseAddress(prefsrc)]
      return destination && source ? [[sourceKey({ device: dev ?? '', destination }), source] as const] : []
    }),
  )
}

export function sourceKey({ device, destination }: SourceQuestion): string {
  return `${device} ${destination}`
}

interface Shown {
  dst?: string
  dev?: string
  prefsrc?: string
}
