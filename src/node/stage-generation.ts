// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../base/exit.ts'
import { Failure, failure } from '../base/failure.ts'
import { buildGeneration, type Obstacle } from '../bpf/generation/build.ts'
import type { Generation } from '../bpf/generation/generation.ts'
import { GenerationPins } from '../bpf/generation/pins.ts'
import type { LiveMaps } from '../bpf/maps/live.ts'
import { startReading } from '../bpf/maps/read-image.ts'
import type { Image } from '../datapath/image.ts'
import { diff } from '../plan/diff.ts'
import type { Changeset, Rebuild } from './changeset.ts'
import type { EventSink } from './events.ts'
import type { LockedNode } from './lock-node.ts'

/**
 * Builds a generation beside those that exist, fills it and reads it back: it holds the desired image and is attached to
 * nothing. When that fails, nothing of it is left (exit 5).
 */
export async function stageGeneration(
  node: LockedNode,
  changeset: Changeset,
  rebuild: Rebuild,
  events: EventSink,
): Promise<Generation> {
  const pins = new GenerationPins(node.target.pinDir, (node.state.generations.at(-1)?.pins.number ?? 0) + 1)
  const built = await attempt(pins, () => build(node, changeset, rebuild, pins, events))
  if ('message' in built) throw abandon(pins, built)
  return built
}

async function build(
  node: LockedNode,
  { plan, desired, edges, sockets }: Changeset,
  { capacities, state }: Rebuild,
  pins: GenerationPins,
  events: EventSink,
): Promise<Generation | Obstacle> {
  const { object } = node.target
  const total = plan.steps.length
  const onProgress = (done: number) => events({ kind: 'staging', done, total })
  onProgress(0)
  const blueprint = { object, capacities, steps: plan.steps, kept: state.kept, attachments: edges.wanted, sockets }
  const built = await buildGeneration(node.bpf, pins, blueprint, onProgress)
  if ('message' in built) return built
  const wrong = await readBack(node, built.config, desired)
  return wrong === undefined ? built.generation : { message: wrong }
}

/** A bug leaves nothing behind either. */
async function attempt<T>(pins: GenerationPins, action: () => Promise<T>): Promise<T | Obstacle> {
  try {
    return await action()
  } catch (error) {
    if (!isNodeError(error)) pins.remove()
    const hint = error instanceof Failure ? error.diagnostics[0]?.hint : undefined
    return { message: whatFailed(error), hint }
  }
}

/** The message of a failure that the node caused; anything else that was thrown is a bug and is thrown on. */
export function whatFailed(error: unknown): string {
  if (isNodeError(error)) return error.message
  throw error
}

/** A Failure, or an error of a system call. */
function isNodeError(error: unknown): error is Error {
  return error instanceof Failure || (error instanceof Error && 'syscall' in error)
}

/** Removes a generation of which nothing is attached; the failure to throw (exit 5). */
export function abandon(pins: GenerationPins, { message, hint }: Obstacle): Failure {
  pins.remove()
  return failure(EXIT.applyFailedIntact, 'build-failed', `${message}; nothing was changed`, hint)
}

/** Compares all that the maps hold with the image. Returns what differs, if anything. */
export async function readBack(node: LockedNode, maps: LiveMaps, desired: Image): Promise<string | undefined> {
  const [step] = diff(await startReading(node.bpf, maps)(), desired).steps
  return step && `read-back mismatch: the map ${step.map} does not hold what was written`
}
