import { hasLists, listConnected } from '../bpf/connected.ts'
import { destroySockets } from '../bpf/destroy-sockets.ts'
import type { Generation } from '../bpf/generation.ts'
import { SILENT, tryDestroying } from '../bpf/try-destroying.ts'
import type { ConnectedSocket } from '../datapath/connected.ts'
import { waysInto } from '../host/namespaces.ts'
import type { OpenNode } from './open-node.ts'

export interface DestroyedSockets {
  /** How many sockets were ended. */
  ended: number
  /** Why no socket can be ended on this node, in sentences. */
  lost: string[]
  /** The sockets that should have been ended and were not, by network namespace. */
  left: { sockets: number; netns: string; reason: string }[]
}

/**
 * Ends the connected UDP sockets that a generation gave a backend which is no longer to be used: a connected socket asks
 * nobody when it sends, so its application has to be told. Nothing is remembered from one apply to the next: each list
 * is of all sockets, so that the next apply finds what a killed one left. Whatever goes wrong is said: what was applied is in place.
 */
export async function destroyStaleSockets(
  node: OpenNode,
  generation: Generation,
  isStale: (socket: ConnectedSocket) => boolean,
): Promise<DestroyedSockets> {
  try {
    return await destroyAll(node, generation, isStale)
  } catch (error) {
    return { ended: 0, lost: losses(error instanceof Error ? error.message : String(error)), left: [] }
  }
}

async function destroyAll(
  { bpftool, target }: OpenNode,
  { pins }: Generation,
  isStale: (socket: ConnectedSocket) => boolean,
): Promise<DestroyedSockets> {
  // Once for each generation: trying takes a process.
  const unable = hasLists(pins) ? undefined : await tryDestroying()
  let tried = new Map<number, Attempt>()
  let first: number | undefined
  // Again as long as it helps: of sockets with the same two ends only one goes at a time.
  for (let before = Number.POSITIVE_INFINITY; ; ) {
    const listed = await listConnected(bpftool, pins, target.object)
    if (typeof listed === 'string') return { ended: 0, lost: losses(unable, listed), left: [] }
    const stale = listed.filter(isStale)
    first ??= stale.length
    if (stale.length === 0 || stale.length >= before) {
      return { ended: first - stale.length, lost: losses(unable), left: describe(stale, tried) }
    }
    before = stale.length
    tried = await endAll(stale)
  }
}

/** What `lost` would say now. */
export async function reasonsNotDestroyed({ pins }: Generation): Promise<string[]> {
  return losses(await tryDestroying(), hasLists(pins) ? undefined : 'they cannot be listed; apply says why')
}

function losses(...reasons: (string | undefined)[]): string[] {
  const known = reasons.filter(reason => reason !== undefined)
  return known.map(reason => `connected UDP sockets do not hear that their backend is gone: ${reason}`)
}

/** What came of ending the sockets of one network namespace. */
interface Attempt {
  way?: string
  /** What went wrong, if anything is known of it. */
  reason?: string | undefined
}

/** Network namespaces that are worked on at once. */
const LANES = 8

async function endAll(sockets: readonly ConnectedSocket[]): Promise<Map<number, Attempt>> {
  const attempts = new Map<number, Attempt>()
  const groups = Map.groupBy(sockets, socket => socket.netns)
  const ways = waysInto(groups.keys())
  const queue = [...groups]
  const lane = async () => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      const [netns, members] = next
      const way = ways.get(netns)
      const attempt =
        way === undefined ? { reason: NO_WAY } : { way, reason: await destroySockets(way, netns, members) }
      attempts.set(netns, attempt)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return attempts
}

const NO_WAY = 'no process of it and no mount is to be seen from here'

function describe(left: readonly ConnectedSocket[], tried: ReadonlyMap<number, Attempt>): DestroyedSockets['left'] {
  return [...Map.groupBy(left, socket => socket.netns)].map(([netns, members]) => {
    const { way = `net:[${netns}]`, reason = SILENT } = tried.get(netns) ?? {}
    return { sockets: members.length, netns: way, reason }
  })
}
