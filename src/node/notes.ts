import { count } from '../base/count.ts'
import { Failure } from '../base/failure.ts'
import { missingFeatures } from '../bpf/features.ts'
import { foreignBelow, formatForeign } from '../bpf/foreign-programs.ts'
import type { NodeImage } from '../compile/compile.ts'
import type { Changeset } from './changeset.ts'
import type { OpenNode } from './open-node.ts'

/** What apply says beside its answer, a line each: what is asked for and not done, what is lost, who else is there. */
export async function notesOn(compiled: NodeImage, node: OpenNode, { rebuild }: Changeset): Promise<string[]> {
  return [...notServed(compiled), ...degraded(), ...(rebuild?.state.lost ?? []), ...(await foreign(node))]
}

function notServed({ frontends }: NodeImage): string[] {
  const sctp = frontends.filter(f => f.protocol === 'SCTP').length
  return sctp === 0 ? [] : [`${count(sctp, 'SCTP frontend')} not served: the kernel has no hook for SCTP at connect()`]
}

function degraded(): string[] {
  return missingFeatures().map(({ name, lost }) => `degraded: this kernel lacks ${name}: ${lost}`)
}

const MOST_NEIGHBOURS = 5

async function foreign({ bpftool, state, target }: OpenNode): Promise<string[]> {
  const below = await foreignBelow(bpftool, target.cgroup, state)
  if (below instanceof Failure) return [below.message]
  const all = [...state.foreign, ...below]
  const some = all.slice(0, MOST_NEIGHBOURS).map(n => `${formatForeign(n)} is attached to ${n.cgroup} too`)
  return all.length > some.length ? [...some, `status lists ${all.length - some.length} more programs of others`] : some
}
