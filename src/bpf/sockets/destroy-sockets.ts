// SPDX-License-Identifier: Apache-2.0
import { closeSync, fstatSync, openSync } from 'node:fs'
import { runChild, stderrLine } from '../../host/child.ts'
import { type Ends, filtersFor } from './socket-filter.ts'

/**
 * Destroys connected UDP sockets of the network namespace that `way` leads into: they become unconnected and their
 * applications get ECONNABORTED. Each is named by both its ends, so that no other is met. Returns what went wrong, if
 * anything is known of it: a kernel that cannot destroy sockets says nothing.
 */
export async function destroySockets(
  way: string,
  netns: number,
  sockets: readonly Ends[],
): Promise<string | undefined> {
  const namespace = open(way)
  if (typeof namespace === 'string') return namespace
  try {
    // By now the path may lead elsewhere, if it is that of a process.
    if (fstatSync(namespace).ino !== netns) return `${way} does not lead there any more`
    for (const filter of filtersFor(sockets)) {
      const { exitCode, stderr, failure } = await runChild('nsenter', [...SS, ...filter], { stdin: namespace })
      if (failure !== undefined) return failure
      if (exitCode !== 0) return stderrLine(stderr) || `ss ended with ${exitCode}`
    }
    return undefined
  } finally {
    closeSync(namespace)
  }
}

/** The filter is on the command line: in a file that was cut short it would mean more sockets, not fewer. */
const SS = ['--net=/proc/self/fd/0', 'ss', '--kill', '--udp', '--numeric', '--no-header', 'state', 'established']

function open(path: string): number | string {
  try {
    return openSync(path, 'r')
  } catch (error) {
    return (error as Error).message
  }
}
