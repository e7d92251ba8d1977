// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { GenerationPins } from '../../src/bpf/generation/pins.ts'
import { formatXdpRecord, parseXdpRecord, type XdpRecord } from '../../src/bpf/generation/xdp-record.ts'
import type { RecordedAttachment } from '../../src/bpf/hooks/attachment.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'balancing-xdp-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const EDGE: RecordedAttachment = {
  point: { kind: 'xdp', netns: 4_026_531_840, device: 'eth0', mode: 'native' },
  program: 'express',
}
const REFUSAL = { device: 'eth0', ifindex: 2, mtu: 9000, reason: 'Peer MTU is too large – "9000"' }

it('is read as it is written, is replaced as a whole, and goes with the generation', () => {
  const pins = new GenerationPins(folder, 1)
  pins.makeFolders([EDGE])
  expect(pins.xdpRecord).toBeUndefined()
  const first: XdpRecord = { mode: 'auto', refusals: [REFUSAL] }
  pins.replaceXdpRecord(first)
  expect(pins.xdpRecord).toEqual(first)
  symlinkSync('half', join(pins.path, 'xdp/next'))
  pins.replaceXdpRecord({ mode: 'off', refusals: [] })
  expect(pins.xdpRecord).toEqual({ mode: 'off', refusals: [] })
  symlinkSync('half', join(pins.path, 'xdp/next'))
  expect(pins.unmanaged()).toEqual([])
  pins.remove()
  expect(readdirSync(folder)).toEqual([])
})

it('has room for some refusals: the others are forgotten', () => {
  const refusals = Array.from({ length: 100 }, (_, i) => ({ ...REFUSAL, ifindex: i, reason: 'é'.repeat(300) }))
  const text = formatXdpRecord({ mode: 'native', refusals })
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4095)
  const read = parseXdpRecord(text)!
  expect(read.refusals.length).toBeGreaterThan(5)
  expect(read.refusals[0]).toEqual({ ...REFUSAL, ifindex: 0, reason: 'é'.repeat(200) })
})

it.each(['{"mode":"new","refusals":[]}', '{"mode":"auto"}', '{"mode":"auto","refusals":[{"device":"eth0"}]}', '{}'])(
  'is none when it has another form: %s',
  text => expect(parseXdpRecord(text)).toBeUndefined(),
)
