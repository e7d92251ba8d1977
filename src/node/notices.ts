// SPDX-License-Identifier: Apache-2.0
import { count } from '../base/count.ts'
import { Failure } from '../base/failure.ts'
import { missingFeatures } from '../bpf/features.ts'
import { formatFilter } from '../bpf/hooks/foreign-filters.ts'
import { foreignBelow, formatForeign } from '../bpf/hooks/foreign-programs.ts'
import type { NodeImage } from '../compile/compile.ts'
import { isMountedOnNode } from '../host/node-mounts.ts'
import { formatUnserved } from './edges/unserved.ts'
import type { Notice } from './events.ts'
import type { ObservedNode } from './inspect-node.ts'
import type { PlannedApply } from './plan-apply.ts'
import { formatPrivateBpffs, MOUNT_THAT_OF_NODE } from './private-bpffs.ts'

/** Remarks on an apply: what is not served, what the kernel lacks, which state is lost, which foreign programs share a hook. */
export async function noticesOn(node: ObservedNode, planned: PlannedApply): Promise<Notice[]> {
  const { compiled, changeset, unserved, whyNoEdges, passedOver } = planned
  return [
    ...privateBpffs(node),
    ...notServed(compiled),
    ...degraded(),
    ...(changeset.rebuild?.state.lost ?? []).map(text => note('state-lost', text)),
    ...(whyNoEdges === undefined ? [] : [withoutFacts(whyNoEdges, changeset)]),
    ...podsNotServed(planned),
    ...passedOver.map(text => note('device-passed-over', `not served for now: ${text}`)),
    ...unserved.map(group => note('no-edge', formatUnserved(group))),
    ...filtersBefore(node, changeset),
    ...(await foreign(node)),
  ]
}

function privateBpffs({ target: { pinDir } }: ObservedNode): Notice[] {
  if (isMountedOnNode(pinDir) !== false) return []
  return [
    { severity: 'warning', code: 'private-bpffs', message: `${formatPrivateBpffs(pinDir)}; ${MOUNT_THAT_OF_NODE}` },
  ]
}

function note(code: string, message: string): Notice {
  return { severity: 'note', code, message }
}

/** The facts give no edge, and the command line does not say which there are. */
function withoutFacts(why: string, { edges: { edges } }: PlannedApply['changeset']): Notice {
  const stay = edges.devices.flatMap(({ device, pod }) => (pod ? [] : [device])).join(', ')
  const served = edges.devices.length === 0 ? 'sockets only' : 'no edges'
  if (stay === '') return note('sockets-only', `${served}: ${why}; --device names edges`)
  return note(
    'edges-stay',
    `${stay} ${edges.devices.length === 1 ? 'stays an edge' : 'stay edges'}: ${why}; --device none serves sockets only`,
  )
}

function notServed({ frontends }: NodeImage): Notice[] {
  const sctp = frontends.filter(f => f.protocol === 'SCTP').length
  if (sctp === 0) return []
  return [
    note('not-served', `${count(sctp, 'SCTP frontend')} not served: the kernel has no hook for SCTP at connect()`),
  ]
}

/** A pattern may match a device that comes later; until then, and until the next apply, its pod is not served. */
function podsNotServed({ changeset: { edges, sockets }, unmatched, isLenient }: PlannedApply): Notice[] {
  const until = isLenient ? 'until one does' : 'until one does and apply runs again'
  const again = `what such pods send is not translated ${until}`
  const none = unmatched.map(pattern => ({
    severity: isLenient ? ('note' as const) : ('warning' as const),
    code: 'no-pod-device',
    message: `no device matches --pods ${pattern}: ${again}`,
  }))
  if (sockets === 'all' || edges.edges.devices.some(({ pod }) => pod) || none.length > 0) return none
  const message = 'pods are served neither at their sockets (--sockets host) nor at their devices: give --pods'
  return [{ severity: 'warning', code: 'pods-not-served', message }]
}

/** Only an apply that leaves edges is told what stands before them. */
function filtersBefore({ state }: ObservedNode, { edges }: PlannedApply['changeset']): Notice[] {
  if (edges.wanted.length === 0) return []
  const before = 'packets meet it before our programs, and never ours if it ends the chain'
  return state.foreignFilters.map(filter => note('foreign-filter', `${formatFilter(filter)}: ${before}`))
}

function degraded(): Notice[] {
  return missingFeatures().map(({ name, lost }) => note('degraded', `degraded: this kernel lacks ${name}: ${lost}`))
}

const MOST_FOREIGN = 5

async function foreign({ bpf, state, target }: ObservedNode): Promise<Notice[]> {
  const below = await foreignBelow(bpf, target.cgroup, state)
  if (below instanceof Failure) return [note('foreign-unknown', below.message)]
  const all = [...state.foreign, ...below]
  const some = all.slice(0, MOST_FOREIGN).map(p => `${formatForeign(p)} is attached to ${p.cgroup} too`)
  const more = all.length - some.length
  const texts = more > 0 ? [...some, `status lists ${more} more foreign programs`] : some
  return texts.map(text => note('foreign-program', text))
}
