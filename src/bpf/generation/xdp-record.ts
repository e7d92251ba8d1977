// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Which edges get XDP. `auto`: those whose devices take it; `native`: all that are not devices of pods, or apply refuses;
 * `off`: none.
 */
export type XdpMode = 'auto' | 'native' | 'off'

/** A device that did not take native XDP. Under another index, or with another MTU, it may. */
export interface XdpRefusal {
  device: string
  ifindex: number
  mtu: number
  /** What the kernel said. */
  reason: string
}

/** What apply was told about XDP, and what the devices answered: a manifest lists only what is attached. */
export interface XdpRecord {
  mode: XdpMode
  refusals: readonly XdpRefusal[]
}

/** Where the record is in the folder of a generation, and where the next one is made. A manifest lists both as pins. */
export const XDP_RECORD_PINS = ['xdp/record', 'xdp/next'] as const

/** A link holds 4095 bytes at most. A refusal that has no room is forgotten, and the next apply tries the device again. */
const MOST_TEXT = 4095
const MOST_REASON = 200

/** Writes the record in place of the one that is there. Like a manifest, it is the target of a symbolic link. */
export function writeXdpRecord(folder: string, record: XdpRecord): void {
  const [path, next] = XDP_RECORD_PINS.map(name => join(folder, name)) as [string, string]
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  rmSync(next, { force: true })
  symlinkSync(formatXdpRecord(record), next)
  renameSync(next, path)
}

export function formatXdpRecord({ mode, refusals }: XdpRecord): string {
  const short = refusals.map(({ reason, ...rest }) => ({ ...rest, reason: reason.slice(0, MOST_REASON) }))
  for (let kept = short.length; ; kept--) {
    const text = JSON.stringify({ mode, refusals: short.slice(0, kept) })
    if (Buffer.byteLength(text) <= MOST_TEXT) return text
  }
}

/** The record of a generation; undefined when it has none, or one of another form. */
export function readXdpRecord(folder: string): XdpRecord | undefined {
  try {
    return parseXdpRecord(readlinkSync(join(folder, XDP_RECORD_PINS[0])))
  } catch {
    return undefined
  }
}

export function parseXdpRecord(text: string): XdpRecord | undefined {
  const { mode, refusals } = JSON.parse(text) as Partial<XdpRecord>
  if (mode !== 'auto' && mode !== 'native' && mode !== 'off') return undefined
  return Array.isArray(refusals) && refusals.every(isRefusal) ? { mode, refusals } : undefined
}

function isRefusal({ device, ifindex, mtu, reason }: Partial<XdpRefusal>): boolean {
  return [device, reason].every(text => typeof text === 'string') && [ifindex, mtu].every(Number.isInteger)
}
