// SPDX-License-Identifier: Apache-2.0
import { thousands } from '../../../base/count.ts'
import { escapeMarkdown, markdownCode, markdownFence } from '../../../base/escape-markup.ts'
import { shortRevision } from '../../../base/short-revision.ts'
import { formatList } from '../../format-list.ts'
import { type ImpactSummary, summariseImpact } from '../../impact/print.ts'
import { type Review, RISKS, type Risk, type ServiceChange, serviceName } from '../review.ts'
import {
  formatEdge,
  formatNewAddress,
  formatNodeChange,
  formatServiceChange,
  formatTotals,
  NO_IMPACT,
} from './format.ts'
import type { Side, Sides } from './json.ts'

/** A comment on GitHub has at most 65,536 characters; a pipeline may add some of its own. */
const MOST_CHARACTERS = 60_000

const TITLES: Readonly<Record<Risk, string>> = {
  emptied: 'Last endpoint lost',
  removed: 'Removed',
  policy: 'Other policy',
  changed: 'Other endpoints',
  added: 'Added',
}

/** The risks whose sections are open; the others are folded. */
const OPEN: readonly Risk[] = ['emptied', 'removed', 'policy']

/**
 * A comment for a pull request: totals, the risky changes, then, folded, the others and the full text (a unified diff). A text longer
 * than `most` characters is cut, and says so.
 */
export function printReviewMarkdown(review: Review, sides: Sides, unified = '', most = MOST_CHARACTERS): string {
  const totals = formatTotals(review) || 'no Service changes'
  let text = `**${totals}** (${sideOf(sides.old)} → ${sideOf(sides.new)})\n`
  const left = () => most - FRAMES - text.length
  const { edges = [] } = review
  if (edges.length > 0)
    text += section(
      `Edges: ${thousands(edges.length)}`,
      edges.map(edge => `- ${escapeMarkdown(formatEdge(edge))}`),
      true,
      left(),
    )
  for (const risk of RISKS) {
    const rows = review.services.filter(change => change.risk === risk)
    if (rows.length > 0)
      text += section(`${TITLES[risk]}: ${thousands(rows.length)}`, rows.map(item), OPEN.includes(risk), left())
  }
  const { nodes, impact, newAddresses = [] } = review
  if (newAddresses.length > 0)
    text += section(
      `New external addresses: ${thousands(newAddresses.length)}`,
      newAddresses.map(one => `- ${escapeMarkdown(formatNewAddress(one))}`),
      true,
      left(),
    )
  if (nodes.length > 0)
    text += section(
      `Nodes: ${thousands(nodes.length)}`,
      nodes.map(change => `- ${escapeMarkdown(formatNodeChange(change))}`),
      true,
      left(),
    )
  if (impact?.length === 0) text += `\nOn the nodes: ${NO_IMPACT}\n`
  else if (impact) text += section('On the nodes', impact.map(summariseImpact).flatMap(impactItems), false, left())
  return text + fullText(unified, left())
}

function sideOf({ name, revision }: Side): string {
  const text = markdownCode(name)
  return revision === undefined ? text : `${text} ${markdownCode(shortRevision(revision))}`
}

function item(change: ServiceChange): string {
  return `- ${markdownCode(serviceName(change))} ${escapeMarkdown(formatServiceChange(change))}`
}

function impactItems({ nodes, effects }: ImpactSummary): string[] {
  const where = `on ${formatList(nodes.map(markdownCode))}`
  return effects.map(({ loss, service, summary }) => {
    const text = `${markdownCode(service)} ${escapeMarkdown(summary)}`
    return `- ${loss ? `**${text}**` : text} ${where}`
  })
}

/** The most characters that titles, folds and remarks of all sections take. */
const FRAMES = 2000

function section(title: string, items: readonly string[], isOpen: boolean, room: number): string {
  const { kept, cut } = fitting(items, room)
  const lines =
    cut === 0 ? kept : [...kept, `- … **${thousands(cut)} more are cut here**: \`balancing diff\` shows them`]
  if (isOpen) return `\n#### ${title}\n\n${lines.join('\n')}\n`
  return `\n<details><summary>${title}</summary>\n\n${lines.join('\n')}\n\n</details>\n`
}

function fullText(unified: string, room: number): string {
  if (unified === '') return ''
  const lines = unified.trimEnd().split('\n')
  const fence = markdownFence(unified)
  const { kept, cut } = fitting(lines, room - 2 * fence.length)
  const remark =
    cut === 0
      ? ''
      : `\n**${thousands(cut)} of ${thousands(lines.length)} lines are cut here**: \`balancing diff -o unified\` shows them\n`
  return `\n<details><summary>Full text</summary>\n\n${fence}diff\n${kept.join('\n')}\n${fence}\n${remark}\n</details>\n`
}

/** The first lines that fit into so many characters. */
function fitting(lines: readonly string[], room: number): { kept: string[]; cut: number } {
  let [size, end] = [0, 0]
  while (end < lines.length && size + lines[end]!.length + 1 <= room) size += lines[end++]!.length + 1
  return { kept: lines.slice(0, end), cut: lines.length - end }
}
