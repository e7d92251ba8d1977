// SPDX-License-Identifier: Apache-2.0
import { closeSync, fstatSync, openSync } from 'node:fs'
import { runInNamespace } from './run-in-namespace.ts'
import type { SocketDestroyer } from './socket-destroyer.ts'
import { type Ends, filtersFor } from './socket-filter.ts'

/**
 * Destroys connected UDP sockets of the network namespace that `way` leads into: they become unconnected and their
 * applications get ECONNABORTED. A destroyer knows them, and takes one walk of the namespace's sockets. Without one `ss` names
 * each by both its ends, so that no other is met; the kernel walks the sockets once for each filter. Returns what went
 * wrong, if anything is known of it: a kernel that cannot destroy sockets says nothing to `ss`.
 */
export async function destroySockets(
  way: string,
  netns: number,
  sockets: readonly Ends[],
  destroyer?: SocketDestroyer,
): Promise<string | undefined> {
  const namespace = open(way)
  if (typeof namespace === 'string') return namespace
  try {
    // By now the path may lead elsewhere, if it is that of a process.
    if (fstatSync(namespace).ino !== netns) return `${way} does not lead there any more`
    return await (destroyer ? destroyer.destroyIn(namespace) : destroyByEnds(namespace, sockets))
  } finally {
    closeSync(namespace)
  }
}

async function destroyByEnds(namespace: number, sockets: readonly Ends[]): Promise<string | undefined> {
  for (const filter of filtersFor(sockets)) {
    const failed = await runInNamespace(namespace, [...SS, ...filter])
    if (failed !== undefined) return failed
  }
  return undefined
}

/** The filter is on the command line: in a file that was cut short it would mean more sockets, not fewer. */
const SS = ['ss', '--kill', '--udp', '--numeric', '--no-header', 'state', 'established']

function open(path: string): number | string {
  try {
    return openSync(path, 'r')
  } catch (error) {
    return (error as Error).message
  }
}
