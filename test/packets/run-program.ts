// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LITTLE } from '../../src/datapath/codec.ts'

/** What tc programs return: linux/pkt_cls.h. */
export const TC_ACT = { UNSPEC: -1, OK: 0, SHOT: 2, REDIRECT: 7 } as const

export interface Run {
  /** As a signed number: TC_ACT_UNSPEC is -1. */
  retval: number
  packet: Uint8Array
}

/**
 * Runs a pinned tc program on one packet (BPF_PROG_TEST_RUN), as if device `ifindex` had it. A test run sends nothing: a
 * redirect is only its number. A program for devices without link-layer header gets the raw packet; only skb->protocol is then wrong.
 * `netns` is the name of the network namespace that has the device.
 */
export function runProgram(pin: string, packet: Uint8Array, ifindex = 1, netns?: string): Run {
  const folder = mkdtempSync(join(tmpdir(), 'run-'))
  const [input, output, context] = ['in', 'out', 'ctx'].map(name => join(folder, name)) as [string, string, string]
  try {
    writeFileSync(input, packet)
    writeFileSync(context, skbOf(ifindex))
    const files = ['data_in', input, 'data_out', output, 'ctx_in', context]
    const run = ['bpftool', '-j', 'prog', 'run', 'pinned', pin, ...files]
    const [command, ...args] = netns === undefined ? run : ['nsenter', `--net=/run/netns/${netns}`, ...run]
    const { retval } = JSON.parse(execFileSync(command!, args, { encoding: 'utf8' })) as { retval: number }
    return { retval: retval | 0, packet: readFileSync(output) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const IFINDEX_OFFSET = 40

/** A struct __sk_buff as far as `ifindex`: the kernel takes the rest as zero, and refuses most other fields. */
function skbOf(ifindex: number): Uint8Array {
  const bytes = new Uint8Array(IFINDEX_OFFSET + 4)
  new DataView(bytes.buffer).setUint32(IFINDEX_OFFSET, ifindex, LITTLE)
  return bytes
}
