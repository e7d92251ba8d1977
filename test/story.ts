// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs'
import { count } from '../src/base/count.ts'
import { hasErrors } from '../src/base/diagnostic.ts'
import { printDiagnostics } from '../src/base/print-diagnostic.ts'
import type { Protocol } from '../src/base/protocol.ts'
import { loadCluster } from '../src/cluster/load.ts'
import type { NodeImage } from '../src/compile/compile.ts'
import { printFrontendsText } from '../src/compile/print.ts'
import { formatBackend } from '../src/datapath/backend.ts'
import type { Destination, LookupVerdict } from '../src/datapath/dial.ts'
import { lookup } from '../src/datapath/lookup.ts'
import { namesOf } from '../src/node/names.ts'
import { diff } from '../src/plan/diff.ts'
import { render } from '../src/render/render.ts'
import { changesBetween } from '../src/report/change/changes.ts'
import { reviewImages } from '../src/report/review/between-images.ts'
import { printReviewText } from '../src/report/review/print/text.ts'
import { printYaml } from '../src/spec/print.ts'
import type { Spec } from '../src/spec/spec.ts'
import { compileAt } from './build/compile.ts'
import { tellPackets } from './packets/story-packets.ts'

/**
 * A story is one file: a sentence on what it shows, then sections that begin with `-- name --`. `cluster.yaml` (and
 * `before.yaml`) are given; every other section that a file holds is an output, held to what the code says:
 * `spec.yaml`, `diagnostics`, `NODE.frontends`, `NODE.plan` (from before to cluster), `NODE.flows`, and `NODE.packets`: what
 * packets of clients outside meet at an edge of the node.
 */
export interface Story {
  path: string
  about: string
  sections: Map<string, string>
}

const FOLDER = 'test/cases'

export function readStories(): Story[] {
  return readdirSync(FOLDER)
    .filter(name => name.endsWith('.txt'))
    .sort()
    .map(name => parseStory(`${FOLDER}/${name}`))
}

function parseStory(path: string): Story {
  const [about, ...parts] = readFileSync(path, 'utf8').split(/^-- (\S+) --\n/m)
  const sections = new Map<string, string>()
  for (let i = 0; i < parts.length; i += 2) sections.set(parts[i]!, parts[i + 1]!)
  return { path, about: about!, sections }
}

export function printStory({ about, sections }: Story): string {
  return about + [...sections].map(([name, text]) => `-- ${name} --\n${text}`).join('')
}

/** A story's spec, from its cluster.yaml or before.yaml; the diagnostics as text. */
export function specOf(story: Story, section = 'cluster.yaml'): { spec: Spec | undefined; diagnostics: string } {
  const bytes = Buffer.from(story.sections.get(section) ?? '')
  const loaded = loadCluster([{ name: section, bytes }])
  if (!loaded.value) return { spec: undefined, diagnostics: `${printDiagnostics(loaded.diagnostics)}\n` }
  const { spec, diagnostics } = render(loaded.value)
  const all = [...loaded.diagnostics, ...diagnostics]
  return { spec: hasErrors(all) ? undefined : spec, diagnostics: all.length > 0 ? `${printDiagnostics(all)}\n` : '' }
}

/** What a section of a story should hold. */
export function tell(story: Story, section: string): string {
  const [node, what] = section.split('.') as [string, string]
  const { spec, diagnostics } = specOf(story)
  if (section === 'diagnostics') return diagnostics
  if (section === 'spec.yaml') return printYaml(spec!)
  const now = compileSection(spec!, node)
  if (what === 'frontends') return [...printFrontendsText(now.frontends)].join('')
  if (what === 'packets') return tellPackets(story.sections.get(section)!, spec!, node)
  if (what === 'flows') return tellFlows(story.sections.get(section)!, now)
  if (what === 'plan') {
    const before = compileSection(specOf(story, 'before.yaml').spec!, node)
    const names = namesOf(before, now)
    const changes = changesBetween(before.image, now.image)
    const review = reviewImages(changes, before.image, now.image, names)
    const writes = diff(before.image, now.image).steps.length
    return printReviewText(review, { remarks: [count(writes, 'map write')] })
  }
  throw new Error(`${story.path}: there is no section of the kind ${section}`)
}

/** For a node by its name, or for the host outside, `x1`. */
function compileSection(spec: Spec, node: string): NodeImage {
  return compileAt(spec, node === 'x1' ? null : node)
}

/** One line of a flows table: what is dialled, `->`, what becomes of it. */
export interface FlowRow {
  to: Destination
  expected: string
}

export function flowRows(table: string): FlowRow[] {
  return table
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => {
      const [left, right = ''] = line.split('->')
      const match = /^\[?([^\]]+?)\]?:(\d+)\/(TCP|UDP)$/.exec(left!.trim())
      if (!match) throw new Error(`not a flow: ${line}`)
      const to = { address: match[1]!, port: Number(match[2]), protocol: match[3] as Protocol }
      return { to, expected: right.trim() }
    })
}

function tellFlows(table: string, { image }: NodeImage): string {
  return flowRows(table)
    .map(({ to }) => `${formatBackend(to)}/${to.protocol}`.padEnd(26) + ` -> ${tellVerdict(lookup(image, to))}\n`)
    .join('')
}

export function tellVerdict(verdict: LookupVerdict): string {
  if (verdict.kind === 'forward') return verdict.backends.map(formatBackend).join(' ')
  return verdict.kind === 'refuse' ? verdict.errno : verdict.kind
}
