import type { OpenNode } from '../apply/node.ts'
import type { Work } from '../apply/work.ts'
import { count } from '../base/count.ts'
import { Failure } from '../base/failure.ts'
import type { NodeImage } from '../compile/compile.ts'
import { missingFeatures } from '../kernel/features.ts'
import { inWords, neighboursBelow } from '../kernel/neighbours.ts'

/** What apply says beside its answer, a line each: what is asked for and not done, what is lost, who else is there. */
export async function notesOn(compiled: NodeImage, node: OpenNode, { rebuild }: Work): Promise<string[]> {
  return [...notServed(compiled), ...degraded(), ...(rebuild?.state.lost ?? []), ...(await neighbours(node))]
}

function notServed({ frontends }: NodeImage): string[] {
  const sctp = frontends.filter(f => f.protocol === 'SCTP').length
  return sctp === 0 ? [] : [`${count(sctp, 'SCTP frontend')} not served: the kernel has no hook for SCTP at connect()`]
}

function degraded(): string[] {
  return missingFeatures().map(({ name, lost }) => `degraded: this kernel lacks ${name}: ${lost}`)
}

const MOST_NEIGHBOURS = 5

async function neighbours({ bpftool, state, target }: OpenNode): Promise<string[]> {
  const below = await neighboursBelow(bpftool, target.cgroup, state)
  if (below instanceof Failure) return [below.message]
  const all = [...state.foreign, ...below]
  const some = all.slice(0, MOST_NEIGHBOURS).map(n => `${inWords(n)} is attached to ${n.cgroup} too`)
  return all.length > some.length ? [...some, `status lists ${all.length - some.length} more programs of others`] : some
}
