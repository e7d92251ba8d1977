// SPDX-License-Identifier: Apache-2.0
import type { Paint } from '../../base/paint.ts'
import { encodeText } from '../../spec/line/text.ts'
import { formatList } from '../format-list.ts'
import { type Effect, type Impact, isLoss } from './effect.ts'

const CAUSES = { 'no-endpoint': 'no endpoint is left', 'no-local-endpoint': 'no local endpoint is left' } as const
const CLIENTS = { here: ' from pods', elsewhere: ' from outside' } as const

/** `unreachable from pods: no endpoint is left`; for one client that the reader knows, without `from pods`. */
function formatEffect(effect: Effect, isOneClient = false): string {
  const from = isOneClient ? '' : CLIENTS[effect.clients]
  switch (effect.kind) {
    case 'unreachable':
      return `unreachable${from}: ${CAUSES[effect.cause]}`
    case 'reachable':
      return `reachable${from} again`
    case 'crosses-zones':
      return `crosses zones, to ${effect.zones.map(encodeText).join(', ')}`
    case 'stays-in-zone':
      return 'stays in its zone'
    case 'backends':
      return 'other backends'
  }
}

/** An effect as JSON has it: `summary` has all of it as text, and its wording may change. */
export interface EffectSummary {
  service: string
  clients: Effect['clients']
  kind: Effect['kind']
  /** Something is taken away from clients. */
  loss: boolean
  summary: string
}

export function summarise(effect: Effect, isOneClient = false): EffectSummary {
  const { service, clients, kind } = effect
  return { service, clients, kind, loss: isLoss(effect), summary: formatEffect(effect, isOneClient) }
}

export interface ImpactSummary {
  nodes: string[]
  effects: EffectSummary[]
}

export function summariseImpact({ nodes, effects }: Impact): ImpactSummary {
  return { nodes, effects: effects.map(effect => summarise(effect)) }
}

/** Nodes with the same effects: `on node-a, node-b:`, then a line for each effect. */
export function printImpact(impacts: readonly ImpactSummary[], paint: Paint): string[] {
  return impacts.flatMap(({ nodes, effects }) => [
    `on ${formatList(nodes)}:`,
    ...effects.map(effect => `  ${signOf(effect, paint)} ${effect.service} ${effect.summary}`),
  ])
}

export function signOf({ kind, loss }: EffectSummary, paint: Paint): string {
  if (loss) return paint('bad', '!')
  return kind === 'backends' ? paint('warn', '~') : paint('good', '+')
}
