// SPDX-License-Identifier: Apache-2.0
import { familyOf, isInRange } from '../../../base/address.ts'
import type { Frontend } from '../../../compile/frontend.ts'
import { nodeAt } from '../../../compile/viewpoint.ts'
import { formatBackend } from '../../../datapath/backend.ts'
import { serviceKey } from '../../../spec/name.ts'
import type { Spec } from '../../../spec/spec.ts'
import { formatFrontend } from '../../change/print.ts'
import type { Effect, FrontendEffect, Impact } from '../../impact/effect.ts'
import { impactAt, impactOnNodes } from '../../impact/impact.ts'
import { type ImpactSummary, summarise, summariseImpact } from '../../impact/print.ts'
import { type Removal, remove, touched } from '../../impact/removal.ts'
import type { EffectAnswer, WithoutAnswer } from '../explanation.ts'
import type { Client } from '../question/client.ts'
import type { Question } from '../question/question.ts'
import { type View, viewOf } from '../view/view.ts'
import type { Answered } from './answer.ts'

/**
 * The impact of taking endpoints away: on the frontends of the subject, or, when it is an address or a node, on all that the endpoints
 * serve.
 */
export function withoutAnswer(question: Question, answered: readonly Answered[], view: View): WithoutAnswer {
  const { subject, spec, without, client } = question
  const isBroad = subject.kind === 'node' || subject.kind === 'address'
  const before = isBroad ? affectedBy(spec, without) : view.spec
  const after = remove(before, without)
  const isServed = client.translatedAt !== 'nowhere'
  const asked = isBroad ? [...viewOf(before, client).frontends.values()] : answered.flatMap(a => a.frontend ?? [])
  const frontends = new Set(asked.filter(frontend => isServed && isOpenTo(client, frontend)).map(formatFrontend))
  const effects = impactAt(before, after, client.viewpoint)
    .filter(({ clients }) => clients === (client.translatedAt === 'edge' ? 'elsewhere' : 'here'))
    .map(effect => ({ ...effect, frontends: effect.frontends.filter(text => frontends.has(text)) }))
    .filter(effect => effect.frontends.length > 0)
  const isTold = isElsewhere(new Set(asked.map(portKeyOf)), effects)
  return {
    removed: without.map(removal => ('pod' in removal ? `pod/${removal.pod}` : `node/${removal.node}`)),
    effects: effects.map(answerOf),
    impact: onNodes(impactOnNodes(before, after, new Set(['unreachable'])), isTold, client),
  }
}

function portKeyOf({ service, portName }: Frontend): string {
  return portName === '' ? service : `${service}:${portName}`
}

/** When no endpoint is left for the client, none is left for any node: one line says so. */
function isElsewhere(services: ReadonlySet<string>, atClient: readonly Effect[]): (effect: Effect) => boolean {
  const isEmpty = (effect: Effect) => effect.kind === 'unreachable' && effect.cause === 'no-endpoint'
  const empty = new Set(atClient.filter(isEmpty).map(({ service }) => service))
  return effect => services.has(effect.service) && !(isEmpty(effect) && empty.has(effect.service))
}

/** The Services with an endpoint that goes. */
function affectedBy(spec: Spec, removals: readonly Removal[]): Spec {
  const names = new Set(touched(spec, remove(spec, removals)))
  return { nodes: spec.nodes, services: spec.services.filter(s => names.has(serviceKey(s))) }
}

/** Source ranges deny a client before and after; a process of a node has the node's addresses. */
function isOpenTo({ source, isInHostNetns, viewpoint }: Client, { sourceRanges, family }: Frontend): boolean {
  const own = source === undefined ? (isInHostNetns ? nodeAt(viewpoint)?.addresses : undefined) : [source]
  if (sourceRanges.length === 0 || own === undefined) return true
  return own.some(a => familyOf(a) === family && sourceRanges.some(range => isInRange(a, range)))
}

function answerOf(effect: FrontendEffect): EffectAnswer {
  const { frontends, before, after } = effect
  const [was, is] = [before.backends.map(formatBackend), after.backends.map(formatBackend)]
  return {
    ...summarise(effect, true),
    frontends,
    before: was.length,
    after: is.length,
    lost: was.filter(backend => !is.includes(backend)),
    gained: is.filter(backend => !was.includes(backend)),
  }
}

/** The nodes that lose a service port; of the node of the client only what other clients meet there. */
function onNodes(
  impacts: readonly Impact[],
  isTold: (effect: Effect) => boolean,
  { viewpoint }: Client,
): ImpactSummary[] {
  const node = nodeAt(viewpoint)
  const isOwn = (name: string) => name === node?.name
  return impacts
    .flatMap(({ nodes, effects }) => {
      const told = effects.filter(isTold)
      return [
        { nodes: nodes.filter(isOwn), effects: told.filter(({ clients }) => clients === 'elsewhere') },
        { nodes: nodes.filter(name => !isOwn(name)), effects: told },
      ]
    })
    .filter(({ nodes, effects }) => nodes.length > 0 && effects.length > 0)
    .map(summariseImpact)
}
