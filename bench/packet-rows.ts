// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import type { Arm } from '../test/kernel/arm.ts'
import { run } from './child.ts'
import { type Scratch, tool } from './scratch.ts'

/** Repetitions of each test run, of which there are several a round (packets.c). */
export const REPEATS = 200_000

/** A row of packets.c. */
export interface PacketRow {
  name: string
  hook: 'xdp' | 'tc'
  /** Pins. */
  program: string
  arrive: string
  /** A file of packets. */
  packets: string
  kind: 'steady' | 'fresh' | 'departing' | 'answering'
}

/** What a row took, a value a round. */
export interface PacketTimes {
  ns: number[]
  /** The verdict of the program on the last packet, and the share of the packets that get it. */
  verdict: number
  share: number[]
}

/** Loads the harness, once a run: a directory with pins of its programs, and in `maps` of its maps. */
export async function loadHarness(scratch: Scratch): Promise<string> {
  const pins = join(scratch.pins, 'packets')
  await run('bpftool', ['prog', 'loadall', tool('packets.bpf.o'), pins, 'pinmaps', join(pins, 'maps')])
  return pins
}

/** Measures rows in turns, as if their packets came by the device of an arm. */
export async function measurePackets(
  harness: string,
  arm: Arm,
  rows: readonly PacketRow[],
  rounds: number,
): Promise<Map<string, PacketTimes>> {
  const text = rows.map(row => `${row.name} ${row.hook} ${row.program} ${row.packets} ${row.kind} ${row.arrive}\n`)
  const args = ['run', harness, String(arm.nodeIndex), String(rounds), String(REPEATS)]
  const stdout = await inside(arm.node, args, text.join(''))
  const times = new Map<string, PacketTimes>()
  for (const line of stdout.trim().split('\n')) {
    const [name, ns, verdict, share] = line.split(' ') as [string, string, string, string]
    const of = times.get(name) ?? { ns: [], verdict: Number(verdict), share: [] }
    of.ns.push(Number(ns))
    of.share.push(Number(share))
    times.set(name, of)
  }
  return times
}

/** Sends frames into an arm from outside; returns how many a second came back. */
export async function send(harness: string, arm: Arm, packets: string, repeats: number): Promise<number> {
  const args = ['send', harness, String(arm.outsideIndex), String(repeats), packets]
  const [, ns, arrived] = (await inside(arm.outside, args)).split(' ').map(Number)
  return (arrived! / ns!) * 1e9
}

/** Runs packets.c in a network namespace. */
async function inside(namespace: string, args: string[], input = ''): Promise<string> {
  return (await run('nsenter', [`--net=/run/netns/${namespace}`, tool('packets'), ...args], input)).stdout
}
