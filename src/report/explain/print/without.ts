// SPDX-License-Identifier: Apache-2.0
import { plainCount } from '../../../base/count.ts'
import type { Paint } from '../../../base/paint.ts'
import { formatList } from '../../format-list.ts'
import { printImpact, signOf } from '../../impact/print.ts'
import type { EffectAnswer, WithoutAnswer } from '../explanation.ts'

const MOST_LINES = 40

/** The impact of taking endpoints away: on the client, then on nodes. */
export function printWithout({ removed, effects, impact }: WithoutAnswer, node: string, paint: Paint): string[] {
  const title = paint('strong', `without ${removed.join(', ')}, seen from ${node}:`)
  if (effects.length + impact.length === 0) return [title, '  nothing changes']
  const rows = effects.flatMap(effect => effect.frontends.map(frontend => ({ effect, frontend })))
  const width = {
    service: Math.max(0, ...effects.map(({ service }) => service.length)),
    frontend: Math.max(0, ...rows.map(({ frontend }) => frontend.length)),
  }
  const lines = rows.map(({ effect, frontend }) => {
    const names = `${effect.service.padEnd(width.service)}  ${frontend.padEnd(width.frontend)}`
    return `  ${signOf(effect, paint)} ${names}  ${textOf(effect)}`
  })
  const all = [...lines, ...printImpact(impact, paint)]
  const more = all.length > MOST_LINES ? [`  … and ${all.length - MOST_LINES} more (-o json has all)`] : []
  return [title, ...all.slice(0, MOST_LINES), ...more]
}

/** `3 → 2 backends  -10.244.1.9:8080`, `3 → 0 backends, unreachable: no endpoint is left` */
function textOf({ kind, summary, before, after, lost, gained }: EffectAnswer): string {
  if (kind === 'crosses-zones' || kind === 'stays-in-zone') return summary
  const numbers = `${before} → ${plainCount(after, 'backend')}`
  if (kind !== 'backends') return `${numbers}, ${summary}`
  return `${numbers}  ${formatList([...lost.map(backend => `-${backend}`), ...gained.map(backend => `+${backend}`)])}`
}
