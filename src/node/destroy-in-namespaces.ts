// SPDX-License-Identifier: Apache-2.0
import { destroySockets } from '../bpf/sockets/destroy-sockets.ts'
import type { SocketDestroyer } from '../bpf/sockets/socket-destroyer.ts'
import { whyNotDestroyed } from '../bpf/sockets/try-destroying.ts'
import type { ConnectedSocket } from '../datapath/connected.ts'
import { waysInto } from '../host/namespaces.ts'

/** How destroying the sockets of one network namespace went. */
export interface Attempt {
  /** The path by which the namespace was entered. */
  path?: string
  /** What went wrong, if it is known. */
  reason?: string | undefined
}

/** Network namespaces that are entered at the same time. */
const PARALLEL = 8

/** Destroys sockets of any network namespaces, by a destroyer that knows them or by `ss`. How it went, by namespace. */
export async function destroyInNamespaces(
  sockets: readonly ConnectedSocket[],
  destroyer: SocketDestroyer | undefined,
): Promise<Map<number, Attempt>> {
  const attempts = new Map<number, Attempt>()
  const groups = Map.groupBy(sockets, socket => socket.netns)
  const paths = waysInto(groups.keys())
  const queue = [...groups]
  const worker = async () => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      const [netns, members] = next
      const path = paths.get(netns)
      const attempt =
        path === undefined
          ? { reason: NO_PATH }
          : { path, reason: await destroySockets(path, netns, members, destroyer) }
      attempts.set(netns, attempt)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
  return attempts
}

const NO_PATH = 'no process and no mount in sight leads into this network namespace'

/** Sockets of one network namespace that could not be destroyed. */
export interface Remaining {
  sockets: number
  /** The path of the namespace, or `net:[INODE]`. */
  netns: string
  reason: string
}

export function remainingAfter(
  attempts: ReadonlyMap<number, Attempt>,
  sockets: readonly ConnectedSocket[],
): Remaining[] {
  return [...Map.groupBy(sockets, socket => socket.netns)].map(([netns, members]) => {
    const { path = `net:[${netns}]`, reason = whyNotDestroyed() } = attempts.get(netns) ?? {}
    return { sockets: members.length, netns: path, reason }
  })
}
