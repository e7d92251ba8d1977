// SPDX-License-Identifier: Apache-2.0
import { formatHostPort } from '../../base/address.ts'
import { headOf } from '../../base/form.ts'
import { shortRevision } from '../../base/short-revision.ts'
import { viewpointName } from '../../compile/viewpoint.ts'
import { revisionIn } from '../../datapath/revision.ts'
import { revisionOf } from '../../spec/revision.ts'
import { type AnswerContext, type Answered, answersTo } from './answer/answer.ts'
import { listsBehind } from './answer/endpoint-lists.ts'
import { sharedDifferences } from './answer/kernel.ts'
import { endpointUsesOf, endpointUsesOn } from './answer/members.ts'
import { describeSubject } from './answer/summary.ts'
import { withoutAnswer } from './answer/without.ts'
import type { Explanation, KernelAnswer } from './explanation.ts'
import type { Kernel, Question } from './question/question.ts'
import { destinationsOf } from './view/destinations.ts'
import { relevantTo, type View, viewOf } from './view/view.ts'

/** Answers a question from a spec, with the rules of compile and the verdicts of the datapath's twin. Pure. */
export function explain(question: Question): Explanation {
  const { what, subject, spec, places, client, kernel } = question
  const relevant = relevantTo(subject, spec)
  const view = viewOf(relevant, client)
  const context: AnswerContext = {
    view,
    client,
    places,
    observed: kernel?.image,
    isBehindEdge: kernel?.isBehindEdge ?? (() => false),
  }
  const destinations = destinationsOf(subject, relevant, client)
  const answered = destinations.flatMap(destination => answersTo(destination, context))
  const revision = revisionOf(spec)
  const described = describeSubject(subject, answered, question, view)
  return {
    ...headOf('Explanation'),
    what,
    subject: subject.kind,
    revision,
    node: viewpointName(client.viewpoint),
    client: client.name,
    translatedAt: client.translatedAt,
    ...described,
    notes: [...described.notes, ...(client.remarks ?? [])],
    frontends: answered.map(({ answer }) => answer),
    endpointLists: listsBehind(answered, view, places),
    memberships: membershipsFor(question),
    without: question.without.length === 0 ? null : withoutAnswer(question, answered, view),
    kernel: kernel ? kernelAnswer(kernel, revision, answered, view) : null,
  }
}

/** The service ports of the endpoints that a question is about. */
function membershipsFor({ subject, spec, client, places }: Question): Explanation['memberships'] {
  if (subject.kind === 'node') return endpointUsesOn(subject.node, spec, places)
  if (subject.kind !== 'address' && subject.kind !== 'destination') return []
  const members = endpointUsesOf(subject.address, spec, client.viewpoint, places)
  if (subject.kind === 'address') return members
  return members.filter(m => m.endpoint === formatHostPort(subject.address, subject.port))
}

function kernelAnswer(
  { image, troubles }: Kernel,
  revision: string,
  answered: readonly Answered[],
  view: View,
): KernelAnswer {
  const applied = revisionIn(image)?.spec ?? null
  const shared = answered.some(hasFrontend) ? sharedDifferences(image, view.image) : []
  const other = `revision ${applied && shortRevision(applied)} was applied last, and this spec is ${shortRevision(revision)}`
  const given = applied === revision ? [] : [applied === null ? 'nothing is applied here' : other]
  const areAlike = answered.every(({ answer }) => answer.kernel?.agrees !== false)
  return {
    revision: applied,
    agrees: areAlike && shared.length === 0 && troubles.length === 0 && applied !== null,
    notes: [...given, ...shared, ...troubles],
  }
}

function hasFrontend({ frontend }: Answered): boolean {
  return frontend !== undefined
}
