// SPDX-License-Identifier: Apache-2.0
import type { Generation } from '../bpf/generation/generation.ts'
import { hasLists, SocketLists } from '../bpf/sockets/connected.ts'
import { SocketDestroyer } from '../bpf/sockets/socket-destroyer.ts'
import { tryDestroying } from '../bpf/sockets/try-destroying.ts'
import type { ConnectedSocket } from '../datapath/connected.ts'
import { type Attempt, destroyInNamespaces, type Remaining, remainingAfter } from './destroy-in-namespaces.ts'
import type { LockedNode } from './lock-node.ts'

export interface DestroyedSockets {
  /** How many sockets were destroyed; null when that is unknown, as they cannot be listed again: `unable` says why. */
  destroyed: number | null
  /** Why this node cannot destroy or list sockets, a reason each; empty when it can. */
  unable: string[]
  /** The stale sockets that could not be destroyed, by network namespace. */
  remaining: Remaining[]
}

/** What listing sockets needs of a locked node. */
type Keeper = Pick<LockedNode, 'bpf' | 'target' | 'release'>

/**
 * Destroys the stale sockets of a generation: connected UDP sockets with a backend that is no longer to be used. Such a
 * socket sends without asking a program, so its application must get an error to connect again. Every run lists all sockets
 * of the generation, so that the next apply finds those that a killed one left. Whatever goes wrong is part of the result: the
 * spec is applied by then.
 *
 * Only listing needs the lock, which is released before sockets are destroyed: that may take long, or hang in a namespace. What was
 * listed was stale under the spec that the node served then. Another apply meanwhile makes no such socket good again, except by
 * bringing its backend back; then the application connects again for nothing. Sockets that come meanwhile may be that
 * apply's, so they are not judged by this spec: no socket that was not listed under the lock is destroyed.
 */
export async function destroyStaleSockets(
  node: Keeper,
  generation: Generation,
  isStale: (socket: ConnectedSocket) => boolean,
): Promise<DestroyedSockets> {
  const found = await listStale(node, generation, isStale).catch(error => ({ unable: [messageOf(error)] }))
  await node.release()
  if (!('stale' in found)) return { destroyed: 0, unable: found.unable, remaining: [] }
  try {
    return await destroyListed(found)
  } catch (error) {
    return unknownAfter(found, messageOf(error))
  } finally {
    found.lists.close()
    found.destroyer?.close()
  }
}

/** Stale sockets, and open files of all that destroying them needs of their generation. */
interface StaleSockets {
  stale: ConnectedSocket[]
  lists: SocketLists
  /** Undefined where there is nothing to destroy, and on kernels that cannot. */
  destroyer: SocketDestroyer | undefined
  /** Of the result. */
  unable: string[]
}

async function listStale(
  { bpf, target }: Keeper,
  { pins }: Generation,
  isStale: (socket: ConnectedSocket) => boolean,
): Promise<StaleSockets | Pick<StaleSockets, 'unable'>> {
  // A generation that lists its sockets was tried when it first ran: trying takes a process.
  const unable = hasLists(pins) ? undefined : await tryDestroying()
  const lists = await SocketLists.open(bpf, pins, target.object)
  if (typeof lists === 'string') return { unable: known(unable, lists) }
  const listed = lists.read()
  if (typeof listed === 'string') {
    lists.close()
    return { unable: known(unable, listed) }
  }
  const stale = listed.filter(isStale)
  const loaded = stale.length === 0 ? undefined : await SocketDestroyer.load(bpf, pins, target.object, stale)
  return { stale, lists, destroyer: typeof loaded === 'string' ? undefined : loaded, unable: known(unable) }
}

/** By the destroyer first; what that leaves, by `ss`. */
async function destroyListed({ stale, lists, destroyer, unable }: StaleSockets): Promise<DestroyedSockets> {
  let attempts: ReadonlyMap<number, Attempt> = new Map()
  let left: readonly ConnectedSocket[] = stale
  let by = destroyer
  // Of sockets with equal ends ss destroys one at a time: repeated as long as the number falls.
  for (let before = Number.POSITIVE_INFINITY; left.length > 0 && left.length < before; by = undefined) {
    before = by ? Number.POSITIVE_INFINITY : left.length
    attempts = await destroyInNamespaces(left, by)
    const listed = lists.read()
    if (typeof listed === 'string') return unknownAfter({ stale, unable }, listed)
    left = stillThere(left, listed)
  }
  return { destroyed: stale.length - left.length, unable, remaining: remainingAfter(attempts, left) }
}

/** The result when sockets cannot be listed again: of those that were to be destroyed, nothing is known. */
function unknownAfter({ stale, unable }: Pick<StaleSockets, 'stale' | 'unable'>, reason: string): DestroyedSockets {
  return { destroyed: stale.length === 0 ? 0 : null, unable: [...unable, reason], remaining: [] }
}

/** Those of `sockets` that a later list has, with the same backend. */
function stillThere(sockets: readonly ConnectedSocket[], listed: readonly ConnectedSocket[]): ConnectedSocket[] {
  const later = new Map(listed.map(socket => [socket.socket, socket]))
  return sockets.filter(({ socket, backend, backend_port }) => {
    const found = later.get(socket)
    return found?.backend === backend && found.backend_port === backend_port
  })
}

/** `unable` of the result, as far as it can be told without an apply. */
export async function whyUnable({ pins }: Generation): Promise<string[]> {
  return known(await tryDestroying(), hasLists(pins) ? undefined : 'they cannot be listed; apply says why')
}

function known(...reasons: (string | undefined)[]): string[] {
  return reasons.filter(reason => reason !== undefined)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
