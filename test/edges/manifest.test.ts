// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  MANIFEST_NAME,
  manifestWith,
  readManifest,
  replaceManifest,
  writeManifest,
} from '../../src/bpf/generation/manifest.ts'
import { GenerationPins, listGenerations, requireKnownManifests } from '../../src/bpf/generation/pins.ts'
import type { RecordedAttachment, TcFilter } from '../../src/bpf/hooks/attachment.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'balancing-manifest-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** As version 0.1.0 wrote it: every later build has to read it. */
const OF_0_1_0 = [
  'maps/addresses maps/frontends maps/pages maps/members maps/source_ranges maps/address_filter maps/revision maps/identity',
  'maps/seats=0adb44a14c763b54 maps/seat_owners=b37ed400f005271e maps/peers=5df2c6e39204c3c8',
  'maps/datagram_peers=c5bbf1de098d0453 maps/affinity=c6fcfafb96ef4f01',
  'programs/egress programs/release programs/getpeername4 programs/getpeername6 programs/recvmsg4 programs/recvmsg6',
  'programs/connect4 programs/connect6 programs/sendmsg4 programs/sendmsg6 programs/identify programs/settle',
  'lists/seats lists/peers',
].join(' ')

const EDGE: RecordedAttachment = {
  point: { kind: 'tc', netns: 4_026_531_840, device: 'eth0', direction: 'egress', pref: 49_152, handle: 1 },
  program: 'depart',
}

it('is read as it is written', () => {
  writeManifest(folder, manifestWith([]))
  expect(readManifest(folder)).toEqual(manifestWith([]))
  expect([...manifestWith([]).pins.keys()]).not.toContain('maps/flows')
})

it('is replaced as a whole; what a kill leaves of another one is known, and goes with the next', () => {
  const pins = new GenerationPins(folder, 1)
  pins.makeFolders([EDGE])
  expect(readManifest(pins.path)).toEqual(manifestWith([EDGE]))
  mkdirSync(join(pins.path, 'next'))
  symlinkSync('maps/half', join(pins.path, 'next/contents'))
  expect([pins.unmanaged(), pins.manifest.attachments]).toEqual([[], [EDGE]])
  const other = { ...EDGE, program: 'depart_raw' }
  pins.replaceAttachments([EDGE, other])
  expect([pins.unmanaged(), pins.manifest]).toEqual([[], manifestWith([EDGE, other])])
  symlinkSync('maps/half', join(pins.path, 'next/contents'))
  pins.remove()
  expect(readdirSync(folder)).toEqual([])
})

it('has room for the programs of twenty devices, and says when there are too many', () => {
  const devices = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      ...EDGE,
      point: { ...EDGE.point, device: `enp1s0f${i}v10` } as TcFilter,
    }))
  const both = (count: number) => devices(count).flatMap(edge => [edge, { ...edge, program: 'arrive' }])
  writeManifest(folder, manifestWith(both(20)))
  expect(() => replaceManifest(folder, manifestWith(both(100)))).toThrow('cannot list programs of 100 devices')
  expect(readManifest(folder)).toEqual(manifestWith(both(20)))
})

it('has room for both programs of 150 pods, in a line that an earlier build does not know', () => {
  const points = Array.from({ length: 150 }, (_, i) => ({
    ...(EDGE.point as TcFilter),
    device: `cali${(i * 7_919_317).toString(16).padStart(11, '0')}`,
    handle: 1 + (i % 2),
  }))
  const departing = points.map(point => ({ point, program: 'depart_pod' }))
  const arriving = points.map(point => ({ point: { ...point, direction: 'ingress' as const }, program: 'arrive_pod' }))
  const wanted = [EDGE, ...departing, ...arriving]
  writeManifest(folder, manifestWith(wanted))
  const { attachments, unknown } = readManifest(folder)!
  expect(unknown).toEqual([])
  expect(attachments[0]).toEqual(EDGE)
  expect(new Set(attachments.map(a => JSON.stringify(a)))).toEqual(new Set(wanted.map(a => JSON.stringify(a))))
  const lines = readlinkSync(join(folder, MANIFEST_NAME)).split(' ')
  expect(lines.filter(line => line.startsWith('pods/')).map(line => line.split(',').length)).toEqual([75, 75])
})

it.each([
  ['one', ['cali1']],
  ['one that another begins with', ['cali', 'cali1']],
  ['odd names', ['a,b', 'a/b%', 'ä', '=']],
])('lists pods: %s', (_, names) => {
  const wanted = (['depart_pod', 'arrive_pod'] as const).flatMap(program =>
    names.map(device => ({
      point: {
        ...(EDGE.point as TcFilter),
        device,
        direction: program === 'depart_pod' ? 'egress' : 'ingress',
      } as const,
      program,
    })),
  )
  writeManifest(folder, manifestWith(wanted))
  expect(readManifest(folder)!.attachments).toEqual(wanted)
  const [alone] = wanted
  replaceManifest(folder, manifestWith([alone!]))
  expect(readManifest(folder)!.attachments).toEqual([alone])
})

it('is read as version 0.1.0 wrote it', () => {
  symlinkSync(OF_0_1_0, join(folder, MANIFEST_NAME))
  const { pins, unknown } = readManifest(folder)!
  expect([unknown, pins.size]).toEqual([[], 27])
  expect([pins.get('maps/affinity'), pins.get('maps/frontends'), pins.has('lists/seats')]).toEqual([
    'c6fcfafb96ef4f01',
    '',
    true,
  ])
})

it('lists what is attached by netlink, whatever the device is called', () => {
  const attachments = ['eth0', 'eth0.100@x', 'a=b', 'wlan%2f', 'ÿ'].flatMap((device, i): RecordedAttachment[] => [
    {
      point: { kind: 'tc', netns: 4_026_531_840, device, direction: 'egress', pref: 49_152, handle: i },
      program: 'out',
    },
    { point: { kind: 'xdp', netns: 4_026_531_840, device, mode: 'native' }, program: 'express' },
  ])
  const manifest = manifestWith(attachments)
  writeManifest(folder, manifest)
  expect(readManifest(folder)).toEqual(manifest)
  expect(readlinkSync(join(folder, MANIFEST_NAME))).toContain(' tc/4026531840/eth0/egress/49152/0=out xdp/4026531840/')
})

it('is undefined where there is none', () => {
  expect(readManifest(folder)).toBeUndefined()
  expect(readManifest('/nowhere')).toBeUndefined()
})

it.each([
  'tc/eth0/ingress/49152/1=edge_ingress',
  'tc/1/eth0/ingress/49152/1/2=edge_ingress',
  'xdp/1/eth0/hw=express',
  'xdp/1/%zz/native=express',
  'netkit/1/eth0/primary=edge',
  'programs/../../other',
  'maps/frontends=short',
  'later',
  '',
])('keeps the line "%s" as unknown, and such a generation is refused by name', line => {
  const pins = new GenerationPins(folder, 3)
  pins.makeFolders([])
  requireKnownManifests(listGenerations(folder))
  const link = join(pins.path, MANIFEST_NAME)
  const text = readlinkSync(link)
  rmSync(link)
  symlinkSync(`${line} ${text}`, link)
  expect(pins.manifest.unknown).toEqual([line])
  expect(pins.manifest.pins).toEqual(manifestWith([]).pins)
  expect(() => requireKnownManifests(listGenerations(folder))).toThrow(
    `has the line "${line}", which this build does not`,
  )
})
