import { formatHostPort } from '../../base/address.ts'
import { headOf } from '../../base/form.ts'
import type { Image } from '../../datapath/image.ts'
import { revisionIn } from '../../datapath/revision.ts'
import { revisionOf } from '../../spec/revision.ts'
import type { Spec } from '../../spec/spec.ts'
import type { Removal } from '../impact/removal.ts'
import { type Answered, type Asking, answersTo } from './answer.ts'
import type { Client } from './client.ts'
import { listsBehind } from './endpoint-lists.ts'
import type { Explanation, KernelAnswer } from './explanation.ts'
import { sharedDifferences } from './held.ts'
import { membershipsOf, membersOn } from './members.ts'
import type { Places } from './places.ts'
import type { Subject } from './subject.ts'
import { summaryOf } from './summary.ts'
import { targetsOf } from './targets.ts'
import { relevantTo, type View, viewOf } from './view.ts'
import { withoutAnswer } from './without.ts'

export interface Question {
  /** As it was asked. */
  what: string
  subject: Subject
  spec: Spec
  places: Places
  client: Client
  /** Endpoints to take away, to see the impact. */
  without: readonly Removal[]
  /** The kernel that decides for this client; absent when it is not asked. */
  kernel?: Kernel
}

/** What a kernel holds. */
export interface Kernel {
  image: Image
  /** Why what the maps hold is not what happens, in words. */
  troubles: readonly string[]
}

/** Answers a question from a spec: by the rules that compile goes by, and the verdicts of the datapath's twin. Pure. */
export function explain(question: Question): Explanation {
  const { what, subject, spec, places, client, kernel } = question
  const relevant = relevantTo(subject, spec)
  const view = viewOf(relevant, client.node)
  const asking: Asking = { view, client, places, observed: kernel?.image }
  const targets = targetsOf(subject, relevant, client.node)
  const answered = targets.flatMap(target => answersTo(target, asking))
  const revision = revisionOf(spec)
  return {
    ...headOf('Explanation'),
    what,
    subject: subject.kind,
    revision,
    node: client.node?.name ?? 'external',
    client: client.name,
    ...summaryOf(subject, answered, question, view),
    frontends: answered.map(({ answer }) => answer),
    lists: listsBehind(answered, view, places),
    members: membersFor(question),
    without: question.without.length === 0 ? null : withoutAnswer(question, answered, view),
    kernel: kernel ? kernelAnswer(kernel, revision, answered, view) : null,
  }
}

/** Of a destination, the endpoint that is just there. */
function membersFor({ subject, spec, client, places }: Question): Explanation['members'] {
  if (subject.kind === 'node') return membersOn(subject.node, spec, places)
  if (subject.kind !== 'address' && subject.kind !== 'destination') return []
  const members = membershipsOf(subject.address, spec, client.node, places)
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
  const other = `it was last given revision ${applied?.slice(0, 12)}, and this spec is ${revision.slice(0, 12)}`
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
