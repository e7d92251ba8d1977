// SPDX-License-Identifier: Apache-2.0
import { isLoss } from '../../report/impact/effect.ts'
import { type Review, RISKS } from '../../report/review/review.ts'
import { LEGEND } from '../help/legend.ts'
import { say } from './streams.ts'
import { isTerminal, STDOUT } from './terminal.ts'

/**
 * Says on stderr what the signs of a difference mean, those that it has, when a reader sees it: stdout is a terminal. Files and pipes
 * get the same bytes as ever, and no run depends on what an earlier one has shown.
 */
export function saySigns(review: Review): void {
  const text = signsOf(review)
  if (text !== '' && isTerminal(STDOUT)) say(text)
}

/** `signs: ! loses its last backend · ~ gets other endpoints`; empty for a difference without any. */
function signsOf({ services, nodes, newAddresses = [], impact = [] }: Review): string {
  const present = new Set(services.map(({ risk }) => risk))
  if (nodes.length + newAddresses.length > 0) present.add('policy')
  const meanings = LEGEND.filter((_, i) => present.has(RISKS[i]!)).map(([sign, meaning]) => `${sign} ${meaning}`)
  const effects = impact.flatMap(one => one.effects)
  if (effects.some(isLoss)) meanings.push('! on nodes: a loss')
  if (effects.some(effect => !isLoss(effect) && effect.kind !== 'backends')) meanings.push('+ on nodes: a gain')
  return meanings.length === 0 ? '' : `signs: ${meanings.join(' · ')}`
}
