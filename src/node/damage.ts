// SPDX-License-Identifier: Apache-2.0
import { damageOf, type Generation } from '../bpf/generation/generation.ts'
import { leftovers } from '../bpf/generation/inspect.ts'
import type { NodeState } from '../bpf/generation/node-state.ts'
import type { ProgramName } from '../bpf/generation/programs.ts'
import { type EdgeStatus, formatEdgeDamage, isWhole } from './edges/edge-status.ts'
import type { ObservedNode } from './inspect-node.ts'
import { formatOrphans } from './orphans.ts'

/** Why what was applied is not whole. */
export interface Damage {
  /** `unfinished`: an apply was killed; what served before it serves on. The other kinds may serve wrongly, or not at all. */
  kind: 'orphans' | 'generation' | 'detached' | 'edges' | 'unfinished'
  message: string
}

/**
 * The damage of a node, worst first: the one judgement of status, doctor and diff. `needed`: the programs that the maps need,
 * undefined when the maps cannot be read.
 */
export function damagesOf(
  node: Pick<ObservedNode, 'state' | 'target' | 'programs'>,
  needed: readonly ProgramName[] | undefined,
  edges: readonly EdgeStatus[],
): Damage[] {
  const { state, target } = node
  const { orphans, current } = state
  const broken = generationDamage(node, needed)
  const idle = current && broken === undefined ? detachedIn(current, needed) : []
  const unfinished = unfinishedIn(state).map(generation => generation.pins.path)
  return [
    ...(orphans.length > 0 ? [{ kind: 'orphans' as const, message: formatOrphans(orphans, target.cgroup) }] : []),
    ...(broken === undefined ? [] : [{ kind: 'generation' as const, message: broken }]),
    ...(idle.length > 0 ? [{ kind: 'detached' as const, message: `not attached: ${idle.join(', ')}` }] : []),
    ...edges.flatMap(edge => (isWhole(edge) ? [] : [{ kind: 'edges' as const, message: formatEdgeDamage(edge) }])),
    ...(unfinished.length > 0
      ? [{ kind: 'unfinished' as const, message: `an apply was not finished: ${unfinished.join(', ')}` }]
      : []),
  ]
}

/** Why a new generation must replace the current one, whatever the spec; undefined when it is whole, or of another build. */
export function generationDamage(
  { state, programs }: Pick<ObservedNode, 'state' | 'programs'>,
  needed: readonly ProgramName[] | undefined,
): string | undefined {
  const { current, generations } = state
  if (!current) return generations.some(isFinished) ? DETACHED : generations.length > 0 ? IDLE : undefined
  if (!current.revision) return 'its revision is missing'
  return needed && isOfThisBuild(state, programs) ? damageOf(current, needed) : undefined
}

const IDLE = 'no program is attached'
const DETACHED = `${IDLE}: the cgroup was removed, or all programs were detached by hand`

/**
 * The generations that an apply left behind when it was killed, beside the one that serves or, when every program was detached,
 * did.
 */
export function unfinishedIn(state: NodeState): Generation[] {
  const served = state.current ?? state.generations.findLast(isFinished)
  return leftovers(state).filter(generation => generation !== served)
}

/** Whether an apply has finished with a generation: it served alone. */
function isFinished({ inHandover }: Generation): boolean {
  return inHandover === false
}

/** Whether the programs that serve are those that this build ships. */
export function isOfThisBuild({ current }: NodeState, programs: string): boolean {
  return current?.revision?.programs === programs
}

function detachedIn({ attached }: Generation, needed: readonly ProgramName[] = []): string[] {
  return needed.filter(name => !attached.some(a => a.program === name))
}
