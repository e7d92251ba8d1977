import { plainCount } from '../../base/count.ts'
import type { Paint } from '../../base/paint.ts'
import type { FrontendChange, LocalLoss, WithoutAnswer } from './explanation.ts'
import { someOf } from './text.ts'

const MOST_LINES = 40

/** What would be without some endpoints: frontends that change, and nodes that lose their last local one. */
export function printWithout({ removed, changes, losses }: WithoutAnswer, node: string, paint: Paint): string[] {
  const title = paint('strong', `without ${removed.join(', ')}, seen from ${node}:`)
  if (changes.length + losses.length === 0) return [title, '  nothing changes']
  const width = widthsOf(changes)
  const lines = [
    ...changes.filter(({ after }) => after.action !== 'forward').map(change => changeLine(change, width, paint)),
    ...losses.map(loss => `  ${paint('bad', '!')} ${lossText(loss)}`),
    ...changes.filter(({ after }) => after.action === 'forward').map(change => changeLine(change, width, paint)),
  ]
  const more = lines.length > MOST_LINES ? [`  … and ${lines.length - MOST_LINES} more (-o json has all)`] : []
  return [title, ...lines.slice(0, MOST_LINES), ...more]
}

function lossText({ node, service, policy, why }: LocalLoss): string {
  return `${node} loses its last endpoint of ${service} (${policy} Local): ${why}`
}

type Widths = Record<'service' | 'frontend', number>

function widthsOf(changes: readonly FrontendChange[]): Widths {
  const widest = (texts: string[]) => Math.max(0, ...texts.map(text => text.length))
  return { service: widest(changes.map(c => c.service ?? '')), frontend: widest(changes.map(c => c.frontend)) }
}

function changeLine({ frontend, service, before, after }: FrontendChange, width: Widths, paint: Paint): string {
  const names = `${(service ?? '').padEnd(width.service)}  ${frontend.padEnd(width.frontend)}`
  const numbers = `${before.backends.length} → ${plainCount(after.backends.length, 'backend')}`
  if (after.action !== 'forward') return `  ${paint('bad', '!')} ${names}  ${numbers}: ${after.why}`
  const lost = before.backends.filter(b => !after.backends.includes(b)).map(b => `-${b}`)
  const gained = after.backends.filter(b => !before.backends.includes(b)).map(b => `+${b}`)
  return `  ~ ${names}  ${numbers}  ${someOf([...lost, ...gained])}`
}
