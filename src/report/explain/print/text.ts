// SPDX-License-Identifier: Apache-2.0
import { plainCount } from '../../../base/count.ts'
import { escapeLine } from '../../../base/escape.ts'
import { type Paint, plain } from '../../../base/paint.ts'
import { encodeText } from '../../../spec/line/text.ts'
import { formatDestination } from '../../change/print.ts'
import { formatList } from '../../format-list.ts'
import type {
  EndpointAnswer,
  EndpointList,
  Explanation,
  FrontendAnswer,
  MembershipAnswer,
  SpecLine,
} from '../explanation.ts'
import { printWithout } from './without.ts'

/** An explanation as text: what happens, why, then what the kernel holds. */
export function printExplanation(explanation: Explanation, paint: Paint = plain): string {
  const { summary, place, client, frontends, endpointLists, memberships, notes, without, kernel } = explanation
  const shown = new Set<string>()
  const lines = [
    paint('strong', summary) + at(place, paint),
    ...(frontends.length > 0 ? [`For ${client}:`] : []),
    ...frontends.flatMap(answer => frontendLines(answer, frontends, explanation, paint)),
    ...notes.map(note => `  ${note}`),
    ...endpointLists.flatMap(list => ['', ...listLines(list, shown, paint)]),
    ...(memberships.length > 0 ? ['', ...membershipLines(memberships, explanation, paint)] : []),
    ...(without ? ['', ...printWithout(without, explanation.node, paint)] : []),
    ...(kernel ? ['', ...kernelLines(explanation, paint)] : []),
  ]
  return `${lines.join('\n')}\n`
}

function at(place: SpecLine | null, paint: Paint): string {
  return place ? paint('faint', `  ${escapeLine(place.file)}:${place.line}`) : ''
}

function frontendLines(
  answer: FrontendAnswer,
  all: readonly FrontendAnswer[],
  { node }: Explanation,
  paint: Paint,
): string[] {
  const kinds = Math.max(...all.map(({ frontend }) => frontend?.length ?? 0))
  const kind = kinds === 0 ? '' : `${(answer.frontend ?? '').padEnd(kinds)}  `
  const destination = destinationIn(answer).padEnd(Math.max(...all.map(a => destinationIn(a).length)))
  const { why, where, notes, hostNetwork, elsewhere, kernel } = answer
  const more = [
    ...(where === null ? [] : [`at ${where}`]),
    ...notes,
    ...(hostNetwork ? [`for processes of ${node} itself: ${hostNetwork.why}`] : []),
    ...(elsewhere ? [`for clients that reach ${node} from elsewhere: ${elsewhere.why}`] : []),
    ...(kernel && !kernel.agrees ? [paint('bad', `kernel differs: ${kernel.differences.join('; ')}`)] : []),
  ]
  return [`  ${mark(answer, paint)} ${kind}${destination}  ${why}`, ...more.map(line => `      ${line}`)]
}

/** The text says the same: marks and colours only help the eye. */
function mark({ action }: Pick<FrontendAnswer, 'action'>, paint: Paint): string {
  if (action === 'forward') return paint('good', '✓')
  return action === 'pass' ? '-' : paint('bad', '✗')
}

function destinationIn({ addresses, where, port, protocol }: FrontendAnswer): string {
  if (where !== null) return `:${port}/${protocol}${addresses.some(a => a.includes(':')) ? ' (IPv6)' : ''}`
  return (
    formatDestination(addresses[0]!, port, protocol) + (addresses.length > 1 ? ` and ${addresses.length - 1} more` : '')
  )
}

const MOST_ENDPOINTS = 50

/** A list that was shown before for another policy is not shown again when it uses all endpoints, or none of this node. */
function listLines(list: EndpointList, shown: Set<string>, paint: Paint): string[] {
  const { service, family, policy, hints, endpoints, place } = list
  const used = endpoints.filter(e => e.included).length
  const head = [
    `${paint('strong', `${service}, IPv${family}: ${used} of ${plainCount(endpoints.length, 'endpoint')} used`)}${at(place, paint)}`,
    `  ${policy}${hints === null ? '' : `; ${hints}`}`,
  ]
  const key = `${service} ${family}`
  const isPlain = used === endpoints.length || endpoints.every(e => e.reason === 'elsewhere')
  if (shown.has(key) && isPlain) return head
  shown.add(key)
  return [...head, ...endpointLines(endpoints, paint)]
}

function endpointLines(endpoints: readonly EndpointAnswer[], paint: Paint): string[] {
  const shown = endpoints.slice(0, MOST_ENDPOINTS)
  const width = (of: (e: EndpointAnswer) => string) => Math.max(0, ...shown.map(e => of(e).length))
  const [name, node] = [width(e => e.endpoint), width(nodeOf)]
  const lines = shown.map(e => {
    const sign = mark({ action: e.included ? 'forward' : 'refuse' }, paint)
    return `  ${sign} ${e.endpoint.padEnd(name)}  ${nodeOf(e).padEnd(node)}  ${e.why}${at(e.place, paint)}`
  })
  const more = endpoints.length - shown.length
  return more > 0 ? [...lines, `  … and ${more} more (-o json has all)`] : lines
}

function nodeOf({ node }: EndpointAnswer): string {
  return node === null ? '-' : encodeText(node)
}

function membershipLines(
  memberships: readonly MembershipAnswer[],
  { node, subject }: Explanation,
  paint: Paint,
): string[] {
  const width = (of: (m: MembershipAnswer) => string) => Math.max(...memberships.map(m => of(m).length))
  const [service, endpoint] = [width(m => m.service), width(m => m.endpoint)]
  const lines = memberships.map(m => {
    const only = m.onlyOneOnNode && m.policy !== '' ? ['the only one of its node'] : []
    const text = [m.why, ...only, ...(m.policy === '' ? [] : [m.policy])].join('; ')
    const sign = mark({ action: m.included ? 'forward' : 'refuse' }, paint)
    return `  ${sign} ${m.service.padEnd(service)}  ${m.endpoint.padEnd(endpoint)}  ${text}${at(m.place, paint)}`
  })
  return [paint('strong', subject === 'node' ? 'endpoints on it:' : `as an endpoint, seen from ${node}:`), ...lines]
}

function kernelLines({ kernel, frontends }: Explanation, paint: Paint): string[] {
  const { agrees, notes } = kernel!
  const held = frontends.map(({ kernel }) => kernel).filter(k => k !== null)
  const backends = [...new Set(held.flatMap(k => k.backends))]
  const word = agrees ? paint('good', 'agrees') : paint('bad', 'differs')
  const what =
    held.length === 0
      ? ''
      : `: it ${held.every(k => k.action !== 'forward') ? 'forwards none of this' : `forwards to ${formatList(backends)}`}`
  return [`kernel ${word}${what}`, ...notes.map(note => `  ${note}`)]
}
