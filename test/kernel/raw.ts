// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import type { World } from './world.ts'

const RAW = new URL('../../build/test/raw', import.meta.url).pathname

/** Sends raw IP packets, in this order, one after the other has gone its way. */
export function sendRaw(world: World, from: string, packets: readonly Uint8Array[]): void {
  send(world, from, packets)
}

/** Sends frames, from the link-layer header on. */
export function sendFrames(world: World, from: string, device: string, frames: readonly Uint8Array[]): void {
  send(world, from, frames, device)
}

function send(world: World, from: string, packets: readonly Uint8Array[], ...device: string[]): void {
  const input = packets.map(packet => `${Buffer.from(packet).toString('hex')}\n`).join('')
  execFileSync('nsenter', [`--net=/run/netns/${world.netns(from)}`, RAW, ...device], { input })
}

/**
 * The same, but back to back: the host is off the link until all of them wait for the address of a neighbor. The answer to
 * its next question lets all of them go at once.
 */
export function sendRawAtOnce(world: World, from: string, packets: readonly Uint8Array[]): void {
  const ip = (party: string, ...args: string[]) =>
    execFileSync('ip', ['-n', world.netns(party), ...args], { stdio: 'ignore' })
  ip('lan', 'link', 'set', from, 'nomaster')
  try {
    ip(from, 'neigh', 'flush', 'dev', 'eth0')
    sendRaw(world, from, packets)
  } finally {
    ip('lan', 'link', 'set', from, 'master', 'br0')
  }
}

/** How long it is until a host asks for a neighbor again, and how often. */
export function askNeighborsOften(world: World, party: string): void {
  const set = (name: string, value: number) => `echo ${value} | tee /proc/sys/net/ipv[46]/neigh/eth0/${name}`
  const script = `${set('retrans_time_ms', 100)}; ${set('mcast_solicit', 50)}`
  execFileSync('ip', ['netns', 'exec', world.netns(party), 'sh', '-c', script], { stdio: 'ignore' })
}
