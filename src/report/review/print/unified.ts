// SPDX-License-Identifier: Apache-2.0
import { escapeLine } from '../../../base/escape.ts'
import type { Part } from '../only.ts'
import { type Region, regionsBetween } from './line-regions.ts'

/** Lines of a canonical text that belong together: a node, a Service, the endpoints of one; or the head of a section. */
interface Block {
  /** `services shop/cart` */
  title: string
  section: string
  start: number
  end: number
}

const CONTEXT = 3

/**
 * The difference of two canonical texts in the form of `diff -u`, which patch and git take. Blocks are compared with their
 * namesakes, so that no hunk shows one Service in the place of another.
 */
export function printUnified(old: string, now: string, sides: { old: string; new: string }, part?: Part): string {
  const [before, after] = [linesOf(old), linesOf(now)]
  const blocks = [blocksOf(before), blocksOf(after)] as const
  const regions = regionsOf(before, after, ...blocks, part)
  if (regions.length === 0) return ''
  const hunks = hunksOf(regions).map(hunk => printHunk(hunk, before, after, blocks[1]))
  return `--- ${escapeLine(sides.old)}\n+++ ${escapeLine(sides.new)}\n${hunks.join('')}`
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, '').split('\n')
}

function blocksOf(lines: readonly string[]): Block[] {
  const blocks: Block[] = []
  let section = ''
  for (const [i, line] of lines.entries()) {
    const isSection = /^[a-zA-Z]+:/.test(line)
    if (i > 0 && !isSection && !/^ {2}[^ -]/.test(line)) continue
    if (isSection) section = line.slice(0, line.indexOf(':'))
    const last = blocks.at(-1)
    if (last) last.end = i
    const title = isSection ? section : `${section} ${line.slice(2).replace(/: .*|:$/, '')}`
    blocks.push({ title, section, start: i, end: lines.length })
  }
  return blocks
}

function regionsOf(
  old: readonly string[],
  now: readonly string[],
  before: readonly Block[],
  after: readonly Block[],
  part: Part | undefined,
): Region[] {
  const regions: Region[] = []
  const titles = new Set(after.map(block => block.title))
  const isAsked = ({ section }: Block) => part === undefined || (section === 'endpoints') === (part === 'endpoints')
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    const [a, b] = [before[i], after[j]]
    const oldStart = a?.start ?? old.length
    const newStart = b?.start ?? now.length
    if (a && b && a.title === b.title) {
      if (isAsked(a)) regions.push(...within(old, now, a, b))
      i++
      j++
    } else if (a && !titles.has(a.title)) {
      if (isAsked(a)) regions.push({ oldStart, oldEnd: a.end, newStart, newEnd: newStart })
      i++
    } else {
      if (isAsked(b!)) regions.push({ oldStart, oldEnd: oldStart, newStart, newEnd: b!.end })
      j++
    }
  }
  return regions
}

/** The regions of two blocks of one title, by the lines of the whole texts. */
function within(old: readonly string[], now: readonly string[], a: Block, b: Block): Region[] {
  const found = regionsBetween(old.slice(a.start, a.end), now.slice(b.start, b.end))
  return found.map(({ oldStart, oldEnd, newStart, newEnd }) => ({
    oldStart: a.start + oldStart,
    oldEnd: a.start + oldEnd,
    newStart: b.start + newStart,
    newEnd: b.start + newEnd,
  }))
}

/** Regions whose contexts would touch are one hunk. */
function hunksOf(regions: readonly Region[]): Region[][] {
  const hunks: Region[][] = []
  for (const region of regions) {
    const last = hunks.at(-1)
    if (last && region.oldStart - last.at(-1)!.oldEnd <= 2 * CONTEXT) last.push(region)
    else hunks.push([region])
  }
  return hunks
}

function printHunk(
  hunk: readonly Region[],
  old: readonly string[],
  now: readonly string[],
  blocks: readonly Block[],
): string {
  const [first, last] = [hunk[0]!, hunk.at(-1)!]
  const lead = Math.min(CONTEXT, first.oldStart)
  const tail = Math.min(CONTEXT, old.length - last.oldEnd)
  const lines: string[] = []
  let at = first.oldStart - lead
  for (const { oldStart, oldEnd, newStart, newEnd } of hunk) {
    for (; at < oldStart; at++) lines.push(` ${old[at]}`)
    for (; at < oldEnd; at++) lines.push(`-${old[at]}`)
    for (let line = newStart; line < newEnd; line++) lines.push(`+${now[line]}`)
  }
  for (; at < last.oldEnd + tail; at++) lines.push(` ${old[at]}`)
  const oldRange = range(first.oldStart - lead, last.oldEnd + tail)
  const newRange = range(first.newStart - lead, last.newEnd + tail)
  const title = titleAt(blocks, Math.min(first.newStart, now.length - 1))
  return `@@ -${oldRange} +${newRange} @@ ${title}\n${lines.join('\n')}\n`
}

/** `start,count`, lines from 1; an empty range is named by the line before it. */
function range(start: number, end: number): string {
  return `${end > start ? start + 1 : start},${end - start}`
}

function titleAt(blocks: readonly Block[], line: number): string {
  let [low, high] = [0, blocks.length]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (blocks[middle]!.start <= line) low = middle
    else high = middle
  }
  return blocks[low]!.title
}
