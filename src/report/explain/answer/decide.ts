// SPDX-License-Identifier: Apache-2.0
import type { Family } from '../../../base/address.ts'
import { plainCount } from '../../../base/count.ts'
import type { Frontend } from '../../../compile/frontend.ts'
import { nodeAt, viewpointName } from '../../../compile/viewpoint.ts'
import { formatBackend } from '../../../datapath/backend.ts'
import type { Dial, LookupVerdict } from '../../../datapath/dial.ts'
import { matchedKey } from '../../../datapath/lookup.ts'
import { encodeText } from '../../../spec/line/text.ts'
import type { Port, Service } from '../../../spec/spec.ts'
import { formatList } from '../../format-list.ts'
import type { FlowAnswer } from '../explanation.ts'
import { type JudgedEndpoint, judgeEndpoints, type ListScope } from '../view/judge-endpoints.ts'
import { ownerOf, policyNameOf, scopeHere, verdictIn } from '../view/list-scope.ts'
import type { View } from '../view/view.ts'
import { explainPass } from './no-frontend.ts'
import { isByPacket, verdictOn } from './packets.ts'
import { type EndpointStanding, REFUSED, STANDING_TEXT } from './standing.ts'

/** The answer for a dial, and the frontend that decided it. */
export interface Decision {
  outcome: FlowAnswer
  frontend: Frontend | undefined
}

/** The verdict is that of the datapath's twin on the compiled image; only the reason is written here. */
export function decide(dial: Dial, view: View): Decision {
  const key = matchedKey(view.image, dial)
  const frontend = key === undefined ? undefined : view.frontends.get(key)
  if (frontend?.protocol === 'SCTP') {
    const why = isByPacket(view.translatedAt)
      ? `left alone: the spec carries SCTP, and ${view.translatedAt === 'edge' ? 'an edge' : 'the device of a pod'} translates TCP and UDP`
      : 'left alone: the spec carries SCTP, and the kernel has no hook for it at connect()'
    return { outcome: { ...flowAnswer({ kind: 'pass' }), why }, frontend }
  }
  if (view.translatedAt === 'nowhere' && !dial.client?.isInHostNetns)
    return { outcome: { ...flowAnswer({ kind: 'pass' }), why: UNTRANSLATED }, frontend }
  const verdict = verdictOn(view.image, dial, view.translatedAt)
  const why = frontend ? atFrontend(verdict, frontend, dial, view) : explainPass(verdict, dial, view)
  return { outcome: { ...flowAnswer(verdict), why }, frontend }
}

/** A verdict as JSON has it. */
export function flowAnswer(verdict: LookupVerdict): Omit<FlowAnswer, 'why'> {
  const backends = verdict.kind === 'forward' ? verdict.backends.map(formatBackend) : []
  return { action: verdict.kind, errno: verdict.kind === 'refuse' ? verdict.errno : null, backends }
}

function atFrontend(verdict: LookupVerdict, frontend: Frontend, dial: Dial, view: View): string {
  const { service, port } = ownerOf(frontend, view)
  const ranges = frontend.sourceRanges.join(', ')
  const { action } = verdictIn(frontend, view)
  if (verdict.kind === 'drop' && action !== 'drop')
    return `dropped silently: ${dial.client?.source} is in none of the source ranges ${ranges}`
  if (verdict.kind === 'refuse' && action === 'forward')
    return `fails at once (${verdict.errno}): no address of ${viewpointName(view.viewpoint)} is in the source ranges ${ranges}`
  const scope = scopeHere(frontend, service, view)
  const judged = judgeEndpoints(service, port, frontend.family, scope)
  const dropped = isByPacket(view.translatedAt) && !dial.client?.isInHostNetns ? 'dropped silently' : DROPPED
  return ofList(frontend, view, judged, scope, { absence: absence(service, port, frontend.family), dropped })
}

const UNTRANSLATED = 'left alone: it is translated neither at sockets nor as packets'

const DROPPED = 'fails at once (EHOSTUNREACH), where kube-proxy drops'

/** Why a list answers as it does: what to say when there is no endpoint, and what becomes of what is dropped. */
function ofList(
  frontend: Frontend,
  view: View,
  judged: readonly JudgedEndpoint[],
  scope: ListScope,
  { absence, dropped }: { absence: string; dropped: string },
): string {
  const { action } = verdictIn(frontend, view)
  if (action === 'reject') return `${REFUSED}: ${formatNone(judged, absence)}`
  if (action === 'drop') return `${dropped}: ${policyNameOf(frontend)} ${formatNoneHere(judged, scope)}`
  const used = judged.filter(e => e.isUsed).length
  const isLast = judged.some(e => e.standing === 'last-resort')
  const last = isLast ? ', terminating but still serving: no ready one is left' : ''
  if (used === judged.length) return `forwarded to ${used === 1 ? 'the only endpoint' : `all ${used} endpoints`}${last}`
  const others = formatCounts(judged.filter(e => !e.isUsed))
  return `forwarded to ${used} of ${plainCount(judged.length, 'endpoint')}${last} (not used: ${others})`
}

/** Why a service port has no endpoint of a family. */
function absence(service: Service, port: Port, family: Family): string {
  if (service.endpoints.length === 0) return 'it has no endpoint at all'
  const hasPort = service.endpoints.some(group => group.ports.some(p => p.name === port.name))
  return hasPort ? `it has no IPv${family} endpoint` : 'none of its endpoints has this port'
}

/** The answer for clients that reach the view's node from elsewhere. */
export function decideFromElsewhere(frontend: Frontend, view: View): FlowAnswer {
  const { service, port } = ownerOf(frontend, view)
  const { action, backends } = frontend.external
  const node = nodeAt(view.viewpoint)
  const nodes = node ? [node] : []
  const judged = judgeEndpoints(service, port, frontend.family, { policy: 'Local', nodes })
  const used = `forwarded to ${backends.length} of ${plainCount(judged.length, 'endpoint')}`
  const why = {
    forward: `${used}: externalTrafficPolicy Local takes those of this node`,
    reject: `refused: ${formatNone(judged, absence(service, port, frontend.family))}`,
    drop: `dropped: externalTrafficPolicy ${formatNoneHere(judged, { policy: 'Local', nodes })}`,
  }[action]
  const kind = ({ forward: 'forward', reject: 'refuse', drop: 'drop' } as const)[action]
  return {
    action: kind,
    errno: action === 'reject' ? 'ECONNREFUSED' : null,
    backends: backends.map(formatBackend),
    why,
  }
}

function formatNone(judged: readonly JudgedEndpoint[], absence: string): string {
  if (judged.length === 0) return absence
  const standings = judged.map(e => ({ ...e, standing: unready(e) }))
  return `no ready endpoint; ${judged.length} ${judged.length === 1 ? 'exists' : 'exist'}: ${formatCounts(standings)}`
}

/** Under policy Local, where only endpoints of other nodes could serve. */
function formatNoneHere(judged: readonly JudgedEndpoint[], scope: ListScope): string {
  const [only, more] = scope.policy === 'Local' ? scope.nodes : []
  const others = judged.filter(e => e.standing === 'elsewhere')
  const here = judged.filter(e => e.standing !== 'elsewhere')
  const where = only === undefined ? 'this host, which is no node' : more ? 'any node of the spec' : only.name
  const none = here.length === 0 ? `no endpoint on ${where}` : `none on ${where} can be used (${formatCounts(here)})`
  const nodes = new Set(others.map(({ endpoint: { node } }) => (node === undefined ? 'no node' : encodeText(node))))
  return `Local and ${none}; ${others.length} elsewhere: ${formatList([...nodes])}`
}

/** Where an endpoint is does not matter when none can be used. */
function unready({ standing, endpoint }: JudgedEndpoint): EndpointStanding {
  if (standing !== 'elsewhere') return standing
  return endpoint.terminating ? 'terminated' : 'not-ready'
}

/** `2 not ready, 1 terminating` */
function formatCounts(judged: readonly Pick<JudgedEndpoint, 'standing'>[]): string {
  const counts = new Map<EndpointStanding, number>()
  for (const { standing } of judged) counts.set(standing, (counts.get(standing) ?? 0) + 1)
  return [...counts].map(([standing, n]) => `${n} ${STANDING_TEXT[standing]}`).join(', ')
}
