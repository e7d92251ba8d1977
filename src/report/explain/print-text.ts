import { plainCount } from '../../base/count.ts'
import { type Paint, plain } from '../../base/paint.ts'
import { formatDestination } from '../change/print.ts'
import { formatList } from '../format-list.ts'
import type { EndpointAnswer, EndpointList, Explanation, FrontendAnswer, MemberAnswer, Place } from './explanation.ts'
import { printWithout } from './print-without.ts'

/** An explanation for people: what happens first, then why, then what the kernel says. */
export function printText(explanation: Explanation, paint: Paint = plain): string {
  const { summary, place, client, frontends, lists, members, notes, without, kernel } = explanation
  const told = new Set<string>()
  const lines = [
    paint('strong', summary) + at(place, paint),
    ...(frontends.length > 0 ? [`For ${client}:`] : []),
    ...frontends.flatMap(answer => frontendLines(answer, frontends, explanation, paint)),
    ...notes.map(note => `  ${note}`),
    ...lists.flatMap(list => ['', ...listLines(list, told, paint)]),
    ...(members.length > 0 ? ['', ...memberLines(members, explanation, paint)] : []),
    ...(without ? ['', ...printWithout(without, explanation.node, paint)] : []),
    ...(kernel ? ['', ...kernelLines(explanation, paint)] : []),
  ]
  return `${lines.join('\n')}\n`
}

function at(place: Place | null, paint: Paint): string {
  return place ? paint('faint', `  ${place.file}:${place.line}`) : ''
}

function frontendLines(
  answer: FrontendAnswer,
  all: readonly FrontendAnswer[],
  { node }: Explanation,
  paint: Paint,
): string[] {
  const kinds = Math.max(...all.map(({ frontend }) => frontend?.length ?? 0))
  const kind = kinds === 0 ? '' : `${(answer.frontend ?? '').padEnd(kinds)}  `
  const dialled = dialledIn(answer).padEnd(Math.max(...all.map(a => dialledIn(a).length)))
  const { why, where, notes, itself, elsewhere, kernel } = answer
  const more = [
    ...(where === null ? [] : [`at ${where}`]),
    ...notes,
    ...(itself ? [`for processes of ${node} itself: ${itself.why}`] : []),
    ...(elsewhere ? [`for clients from outside who come to ${node}: ${elsewhere.why}`] : []),
    ...(kernel && !kernel.agrees ? [paint('bad', `kernel differs: ${kernel.differs.join('; ')}`)] : []),
  ]
  return [`  ${mark(answer, paint)} ${kind}${dialled}  ${why}`, ...more.map(line => `      ${line}`)]
}

/** A word says what the mark says: colours and marks are for the eye. */
function mark({ action }: Pick<FrontendAnswer, 'action'>, paint: Paint): string {
  if (action === 'forward') return paint('good', '✓')
  return action === 'pass' ? '-' : paint('bad', '✗')
}

function dialledIn({ addresses, where, port, protocol }: FrontendAnswer): string {
  if (where !== null) return `:${port}/${protocol}${addresses.some(a => a.includes(':')) ? ' (IPv6)' : ''}`
  return (
    formatDestination(addresses[0]!, port, protocol) + (addresses.length > 1 ? ` and ${addresses.length - 1} more` : '')
  )
}

const MOST_ENDPOINTS = 50

/** A list that was told before for another policy, and uses all of it or nothing of this node, says no more than that. */
function listLines(list: EndpointList, told: Set<string>, paint: Paint): string[] {
  const { service, family, policy, hints, endpoints, place } = list
  const used = endpoints.filter(e => e.included).length
  const head = [
    `${paint('strong', `${service}, IPv${family}: ${used} of ${plainCount(endpoints.length, 'endpoint')} used`)}${at(place, paint)}`,
    `  ${policy}${hints === null ? '' : `; ${hints}`}`,
  ]
  const key = `${service} ${family}`
  const isPlain = used === endpoints.length || endpoints.every(e => e.reason === 'elsewhere')
  if (told.has(key) && isPlain) return head
  told.add(key)
  return [...head, ...endpointLines(endpoints, paint)]
}

function endpointLines(endpoints: readonly EndpointAnswer[], paint: Paint): string[] {
  const shown = endpoints.slice(0, MOST_ENDPOINTS)
  const width = (of: (e: EndpointAnswer) => string) => Math.max(0, ...shown.map(e => of(e).length))
  const [name, node] = [width(e => e.endpoint), width(e => e.node ?? '-')]
  const lines = shown.map(e => {
    const sign = mark({ action: e.included ? 'forward' : 'refuse' }, paint)
    return `  ${sign} ${e.endpoint.padEnd(name)}  ${(e.node ?? '-').padEnd(node)}  ${e.why}${at(e.place, paint)}`
  })
  const more = endpoints.length - shown.length
  return more > 0 ? [...lines, `  … and ${more} more (-o json has all)`] : lines
}

function memberLines(members: readonly MemberAnswer[], { node, subject }: Explanation, paint: Paint): string[] {
  const width = (of: (m: MemberAnswer) => string) => Math.max(...members.map(m => of(m).length))
  const [service, endpoint] = [width(m => m.service), width(m => m.endpoint)]
  const lines = members.map(m => {
    const only = m.onlyOneHere && m.policy !== '' ? ['the only one of its node'] : []
    const words = [m.why, ...only, ...(m.policy === '' ? [] : [m.policy])].join('; ')
    const sign = mark({ action: m.included ? 'forward' : 'refuse' }, paint)
    return `  ${sign} ${m.service.padEnd(service)}  ${m.endpoint.padEnd(endpoint)}  ${words}${at(m.place, paint)}`
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
