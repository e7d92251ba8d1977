// SPDX-License-Identifier: Apache-2.0
import type { Generation } from '../bpf/generation/generation.ts'
import { hasLists, listConnected } from '../bpf/sockets/connected.ts'
import { destroySockets } from '../bpf/sockets/destroy-sockets.ts'
import { tryDestroying, whyNotDestroyed } from '../bpf/sockets/try-destroying.ts'
import type { ConnectedSocket } from '../datapath/connected.ts'
import { waysInto } from '../host/namespaces.ts'
import type { LockedNode } from './lock-node.ts'

export interface DestroyedSockets {
  /** How many sockets were destroyed; null when that is unknown, as they cannot be listed again: `unable` says why. */
  destroyed: number | null
  /** Why this node cannot destroy or list sockets, a reason each; empty when it can. */
  unable: string[]
  /** The stale sockets that could not be destroyed, by network namespace. */
  remaining: { sockets: number; netns: string; reason: string }[]
}

/**
 * Destroys the stale sockets of a generation: connected UDP sockets with a backend that is no longer to be used. Such a
 * socket sends without asking a program, so its application must get an error to connect again. Every run lists all sockets
 * of the generation, so that the next apply finds those that a killed one left. Whatever goes wrong is part of the result: the
 * spec is applied by then.
 */
export async function destroyStaleSockets(
  node: LockedNode,
  generation: Generation,
  isStale: (socket: ConnectedSocket) => boolean,
): Promise<DestroyedSockets> {
  // Cookies of the sockets that were to be destroyed. A list may lack sockets that the next one has.
  const seen = new Set<bigint>()
  try {
    return await destroyAll(node, generation, isStale, seen)
  } catch (error) {
    return unknownAfter(seen, [error instanceof Error ? error.message : String(error)])
  }
}

/** The result when sockets cannot be listed: of those that were to be destroyed before, nothing is known. */
function unknownAfter(seen: ReadonlySet<bigint>, unable: string[]): DestroyedSockets {
  return { destroyed: seen.size === 0 ? 0 : null, unable, remaining: [] }
}

async function destroyAll(
  { bpf, target }: LockedNode,
  { pins }: Generation,
  isStale: (socket: ConnectedSocket) => boolean,
  seen: Set<bigint>,
): Promise<DestroyedSockets> {
  // A generation that lists its sockets was tried when it first ran: trying takes a process.
  const unable = hasLists(pins) ? undefined : await tryDestroying()
  let attempts = new Map<number, Attempt>()
  // Of sockets with equal ends the kernel destroys one at a time: repeated as long as the number falls, or others are found.
  for (let before = Number.POSITIVE_INFINITY; ; ) {
    const listed = await listConnected(bpf, pins, target.object)
    if (typeof listed === 'string') return unknownAfter(seen, known(unable, listed))
    const stale = listed.filter(isStale)
    const isAttempted = stale.every(({ socket }) => seen.has(socket))
    if (stale.length === 0 || (isAttempted && stale.length >= before)) {
      return { destroyed: seen.size - stale.length, unable: known(unable), remaining: remainingIn(stale, attempts) }
    }
    for (const { socket } of stale) seen.add(socket)
    before = stale.length
    attempts = await destroyIn(stale)
  }
}

/** `unable` of the result, as far as it can be told without an apply. */
export async function whyUnable({ pins }: Generation): Promise<string[]> {
  return known(await tryDestroying(), hasLists(pins) ? undefined : 'they cannot be listed; apply says why')
}

function known(...reasons: (string | undefined)[]): string[] {
  return reasons.filter(reason => reason !== undefined)
}

/** How destroying the sockets of one network namespace went. */
interface Attempt {
  /** The path by which the namespace was entered. */
  path?: string
  /** What went wrong, if it is known. */
  reason?: string | undefined
}

/** Network namespaces that are entered at the same time. */
const PARALLEL = 8

async function destroyIn(sockets: readonly ConnectedSocket[]): Promise<Map<number, Attempt>> {
  const attempts = new Map<number, Attempt>()
  const groups = Map.groupBy(sockets, socket => socket.netns)
  const paths = waysInto(groups.keys())
  const queue = [...groups]
  const worker = async () => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      const [netns, members] = next
      const path = paths.get(netns)
      const attempt =
        path === undefined ? { reason: NO_PATH } : { path, reason: await destroySockets(path, netns, members) }
      attempts.set(netns, attempt)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
  return attempts
}

const NO_PATH = 'no process and no mount in sight leads into this network namespace'

function remainingIn(
  stale: readonly ConnectedSocket[],
  attempts: ReadonlyMap<number, Attempt>,
): DestroyedSockets['remaining'] {
  return [...Map.groupBy(stale, socket => socket.netns)].map(([netns, members]) => {
    const { path = `net:[${netns}]`, reason = whyNotDestroyed() } = attempts.get(netns) ?? {}
    return { sockets: members.length, netns: path, reason }
  })
}
