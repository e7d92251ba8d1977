// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { type Diagnostic, error, type Result } from '../base/diagnostic.ts'
import { API_VERSION, headOf } from '../base/form.ts'
import type { PlanFile, PlannedWrite } from './plan-file.ts'

const HEADER = /^\s*\{\s*"apiVersion":\s*"[^"]*",\s*"kind":\s*"Plan"/

/** Does a text begin as a plan does? */
export function isPlanText(text: string): boolean {
  return HEADER.test(text)
}

/**
 * The file form: JSON with one write, or one line of the spec, on each line. A checksum of each line and a hash of all lines
 * follow, so that parsePlan can name the first line that was changed.
 */
export function printPlan(plan: PlanFile): string {
  const { node, programs, base, build, revision, edges, xdp, pods, sockets, summary, writes, spec } = plan
  const head = {
    ...headOf('Plan'),
    node: node ?? null,
    programs,
    base,
    build: build ?? null,
    revision,
    ...(edges.length > 0 && { edges }),
    ...(xdp && { xdp }),
    ...(pods.length > 0 && { pods }),
    ...(sockets && { sockets }),
  }
  const fields = Object.entries(head).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`)
  const body = `{\n${fields.join('')}${list('summary', summary)}${list('writes', writes)}${list('spec', spec.split('\n').slice(0, -1))}`
  return `${body}  "lines": "${sumsOf(body)}",\n  "sha256": "${hash('sha256', body)}"\n}\n`
}

function list(name: string, items: readonly unknown[]): string {
  const lines = items.map(item => `\n    ${JSON.stringify(item)}`)
  return `  "${name}": [${lines.join(',')}${lines.length > 0 ? '\n  ' : ''}],\n`
}

/** Four hex digits for each line. */
function sumsOf(body: string): string {
  return body.slice(0, -1).split('\n').map(sumOf).join('')
}

function sumOf(line: string): string {
  return (crc32(line) & 0xffff).toString(16).padStart(4, '0')
}

const SEAL = /^ {2}"lines": "([0-9a-f]*)",\n {2}"sha256": "([0-9a-f]{64})"\n\}\n$/m

/** Reads a plan. One that is not as it was written is an error with the place of its first damaged line. */
export function parsePlan(text: string, file: string): Result<PlanFile> {
  const version = /"apiVersion":\s*"([^"]*)"/.exec(text)?.[1]
  if (version !== API_VERSION) {
    const hint = `this build reads ${API_VERSION}`
    return refuse(error('plan-version', `a plan of the form ${version}`, { hint, place: { file } }))
  }
  const seal = SEAL.exec(text)
  if (!seal) return refuse(damaged(file, text, text.trimEnd().split('\n').length, 'its end is missing'))
  const body = text.slice(0, seal.index)
  if (hash('sha256', body) !== seal[2]) return refuse(damaged(file, text, firstDamage(body, seal[1]!)))
  return { value: fromForm(JSON.parse(text) as FileForm), diagnostics: [] }
}

function fromForm({ node, build, edges = [], pods = [], spec, ...rest }: FileForm): PlanFile {
  const { programs, base, revision, xdp, sockets, summary, writes } = rest
  const text = spec.map(line => `${line}\n`).join('')
  const head = {
    node: node ?? undefined,
    programs,
    base,
    build: build ?? undefined,
    revision,
    edges,
    xdp,
    pods,
    sockets,
  }
  return { ...head, summary, writes, spec: text }
}

interface FileForm extends Omit<PlanFile, 'node' | 'build' | 'edges' | 'pods' | 'spec' | 'writes'> {
  node: string | null
  build: string | null
  /** Absent without edges. */
  edges?: string[]
  /** Absent without devices of pods. */
  pods?: string[]
  spec: string[]
  writes: PlannedWrite[]
}

/** The first line, from 1, that has not the sum it had. */
function firstDamage(body: string, sums: string): number {
  const lines = body.slice(0, -1).split('\n')
  const index = lines.findIndex((line, i) => sumOf(line) !== sums.slice(4 * i, 4 * i + 4))
  // All lines are right that are there: then lines are missing, or the sums themselves were touched.
  return (index < 0 ? lines.length : index) + 1
}

function damaged(file: string, text: string, line: number, why = 'this line is not as it was written'): Diagnostic {
  const source = (text.split('\n')[line - 1] ?? '').slice(0, 120)
  const hint = 'a plan cannot be edited: balancing diff -f SPEC --out PLAN makes another'
  return error('plan-damaged', `the plan was changed: ${why}`, { hint, place: { file, line, column: 1, source } })
}

function refuse(diagnostic: Diagnostic): Result<PlanFile> {
  return { value: undefined, diagnostics: [diagnostic] }
}
