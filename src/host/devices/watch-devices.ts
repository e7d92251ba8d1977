// SPDX-License-Identifier: Apache-2.0
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { CHILD, loadExeca } from '../child.ts'

/** What the kernel tells of links and addresses, and of qdiscs and filters. Each is one line, or one line and a few that name no device. */
const MONITORS = [
  ['ip', '-o', 'monitor', 'link', 'address'],
  ['tc', 'monitor'],
]

/** After a monitor has ended, in milliseconds. */
const AGAIN_MS = 5000

/**
 * Calls `onChange` with the name of a device of this network namespace whenever it comes, goes, or changes: its state, addresses, XDP,
 * qdiscs or filters. Undefined means any device: a monitor was started, so something may have been missed. Where the
 * tools are missing it is called every AGAIN_MS. The monitors cost nothing while nothing changes, and die with this process. Ends at `signal`.
 */
export async function watchDevices(onChange: (device: string | undefined) => void, signal: AbortSignal): Promise<void> {
  await Promise.all(MONITORS.map(monitor => keepMonitoring(monitor, onChange, signal)))
}

async function keepMonitoring(
  monitor: readonly string[],
  onChange: (device: string | undefined) => void,
  signal: AbortSignal,
): Promise<void> {
  const execa = await loadExeca()
  while (!signal.aborted) {
    const child = execa('setpriv', ['--pdeathsig', 'KILL', ...monitor], {
      ...CHILD,
      stdio: ['ignore', 'pipe', 'ignore'],
      buffer: false,
      cancelSignal: signal,
    })
    createInterface({ input: child.stdout }).on('line', line => {
      const device = deviceIn(line)
      if (device !== undefined) onChange(device)
    })
    onChange(undefined)
    await child
    await sleep(AGAIN_MS, undefined, { signal }).catch(() => {})
  }
}

/** `3: eth0@if7: <UP> …`, `Deleted 3: eth0    inet 192.0.2.1/24 …`, `deleted qdisc clsact ffff: dev eth0 …`. */
export function deviceIn(line: string): string | undefined {
  const [, link, filter] = /^(?:Deleted )?\d+: ([^\s:@]+)|\bdev (\S+)/.exec(line) ?? []
  return link ?? filter
}
