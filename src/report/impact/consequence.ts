import { serviceKey } from '../../spec/name.ts'
import type { Spec } from '../../spec/spec.ts'
import { type Asking, answersTo } from '../explain/answer.ts'
import type { Question } from '../explain/explain.ts'
import type { FrontendAnswer, FrontendChange, Outcome, WithoutAnswer } from '../explain/explanation.ts'
import { type Target, targetsOf } from '../explain/targets.ts'
import { dialledText } from '../explain/text.ts'
import { viewOf } from '../explain/view.ts'
import { localLosses, type Removal, remove, touched } from './without.ts'

/**
 * What would be without some endpoints: for the frontends of the subject; when an address or a node is asked about, for all
 * that the endpoints serve.
 */
export function consequenceOf(question: Question, asking: Asking, targets: readonly Target[]): WithoutAnswer {
  const { subject, spec, without } = question
  const isBroad = subject.kind === 'node' || subject.kind === 'address'
  const before = isBroad ? affectedBy(spec, without) : asking.view.spec
  const after = remove(before, without)
  const all = isBroad ? allTargets(before, asking) : targets
  const from: Asking = {
    ...asking,
    observed: undefined,
    view: isBroad ? viewOf(before, asking.view.node) : asking.view,
  }
  const to: Asking = { ...from, view: viewOf(after, asking.view.node) }
  return {
    removed: without.map(removal => ('pod' in removal ? `pod/${removal.pod}` : `node/${removal.node}`)),
    changes: all.flatMap(target => changesAt(target, from, to)),
    losses: localLosses(before, after),
  }
}

/** The Services with an endpoint that goes. */
function affectedBy(spec: Spec, removals: readonly Removal[]): Spec {
  const names = new Set(touched(spec, remove(spec, removals)))
  return { nodes: spec.nodes, services: spec.services.filter(s => names.has(serviceKey(s))) }
}

function allTargets(spec: Spec, { view }: Asking): Target[] {
  return spec.services.flatMap(service => targetsOf({ kind: 'service', service }, spec, view.node))
}

/** One line for all addresses of a target: they change together. */
function changesAt(target: Target, from: Asking, to: Asking): FrontendChange[] {
  const first = { ...target, addresses: target.addresses.slice(0, 1) }
  const [before] = answersTo(first, from)
  const [after] = answersTo(first, to)
  if (!before || !after || before.answer.backends.join() === after.answer.backends.join()) return []
  const { service, port, protocol } = before.answer
  const frontend = dialledText(first.addresses[0]!, port, protocol)
  return [{ frontend, service, before: outcomeOf(before.answer), after: outcomeOf(after.answer) }]
}

function outcomeOf({ action, errno, backends, why }: FrontendAnswer): Outcome {
  return { action, errno, backends, why }
}
