// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LITTLE } from '../../src/datapath/codec.ts'
import type { Run } from './run-program.ts'

/** What XDP programs return: linux/bpf.h. */
export const XDP = { ABORTED: 0, DROP: 1, PASS: 2, TX: 3 } as const

/**
 * Runs a pinned XDP program on one frame (BPF_PROG_TEST_RUN), as if device `ifindex` of the network namespace `netns` had it.
 * Nothing is transmitted.
 */
export function runXdp(pin: string, frame: Uint8Array, ifindex: number, netns: string): Run {
  const folder = mkdtempSync(join(tmpdir(), 'run-'))
  const [input, output, context] = ['in', 'out', 'ctx'].map(name => join(folder, name)) as [string, string, string]
  try {
    writeFileSync(input, frame)
    writeFileSync(context, contextOf(frame.length, ifindex))
    const files = ['data_in', input, 'data_out', output, 'ctx_in', context]
    const command = [`--net=/run/netns/${netns}`, 'bpftool', '-j', 'prog', 'run', 'pinned', pin, ...files]
    const { retval } = JSON.parse(execFileSync('nsenter', command, { encoding: 'utf8' })) as { retval: number }
    return { retval, packet: readFileSync(output) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A struct xdp_md: data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex. */
function contextOf(length: number, ifindex: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(24))
  view.setUint32(4, length, LITTLE)
  view.setUint32(12, ifindex, LITTLE)
  return new Uint8Array(view.buffer)
}
