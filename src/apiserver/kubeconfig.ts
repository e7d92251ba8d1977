// SPDX-License-Identifier: Apache-2.0
import { CORE_SCHEMA, load } from 'js-yaml'
import { type Diagnostic, hasErrors, nearest, type Result } from '../base/diagnostic.ts'
import { syntaxErrors } from '../base/locate-yaml.ts'
import type { Path } from '../base/place.ts'
import { byText } from '../base/sort.ts'
import type { Finding } from '../cluster/finding.ts'
import { locateFindings } from '../cluster/locate.ts'
import { fail, isMap, missing, type Raw, readList, readMap, readText, type Scope } from '../cluster/reader.ts'
import { type Source, textOf } from '../cluster/source.ts'

/** What a named entry of a kubeconfig holds, and where it stands. */
export interface Entry {
  name: string
  body: Raw
  scope: Scope
  path: Path
}

/** A context with what it names; a context may name no user. */
export interface Choice {
  context: string
  cluster: Entry
  user: Entry | undefined
}

/** A kubeconfig holds secrets: its places say line and column, and never show the line. */
function withoutSecrets(diagnostic: Diagnostic): Diagnostic {
  if (!diagnostic.place) return diagnostic
  const { source: _, ...place } = diagnostic.place
  return { ...diagnostic, place }
}

/**
 * Reads kubeconfigs as kubectl merges them, the first that names a thing wins, and finds a context (by default the current
 * one). `use` makes of it what the caller needs, with the same way to complain.
 */
export function readKubeconfig<T>(
  sources: readonly Source[],
  wanted: string | undefined,
  use: (choice: Choice) => T | undefined,
): Result<T> {
  const findings: Finding[] = []
  const syntax: Diagnostic[] = []
  const files = sources.map((source, index) => {
    const origin = { source: index, start: 0, end: source.bytes.length, path: [] }
    const scope: Scope = { what: 'kubeconfig', origin, report: finding => findings.push(finding) }
    return { scope, content: parse(source, scope, syntax) }
  })
  const choice = hasErrors(syntax) || findings.length > 0 ? undefined : choose(files, wanted)
  const value = choice && use(choice)
  const diagnostics = [...syntax, ...locateFindings(sources, findings)].map(withoutSecrets)
  return { value: hasErrors(diagnostics) ? undefined : value, diagnostics }
}

interface File {
  scope: Scope
  content: Raw
}

function parse({ name, bytes }: Source, scope: Scope, syntax: Diagnostic[]): Raw {
  const text = textOf(bytes, 0, bytes.length)
  try {
    const content = load(text, { schema: CORE_SCHEMA }) ?? {}
    if (isMap(content)) return content
    complain(scope, 'bad-kubeconfig', 'this is no kubeconfig')
  } catch {
    const found = syntaxErrors(text, name)
    if (found.length > 0) syntax.push(...found)
    // What only this reader minds has no place of its own.
    else if (text.trim() !== '') complain(scope, 'bad-kubeconfig', 'this cannot be read as YAML')
  }
  return {}
}

function choose(files: readonly File[], wanted: string | undefined): Choice | undefined {
  const contexts = files.flatMap(file => entries(file, 'contexts', 'context'))
  const current = files.find(({ content }) => (content['current-context'] ?? '') !== '') ?? files[0]!
  const named = wanted ?? readText(current.scope, current.content, 'current-context', [])
  const names = listed(contexts)
  if (named === undefined || named === '') {
    const hint = names === '' ? {} : { hint: `name one with --context: ${names}` }
    return complain(current.scope, 'no-context', 'this kubeconfig has no current-context', hint)
  }
  const context = contexts.find(({ name }) => name === named)
  if (!context) {
    const close = nearest(named, new Set(contexts.map(({ name }) => name)))
    const hint = close === undefined ? (names === '' ? 'it has none' : `it has ${names}`) : `did you mean ${close}?`
    const path = wanted === undefined ? ['current-context'] : []
    const message = `this kubeconfig has no context ${JSON.stringify(named)}`
    return complain(current.scope, 'unknown-context', message, { hint, path })
  }
  const clusters = files.flatMap(file => entries(file, 'clusters', 'cluster'))
  const users = files.flatMap(file => entries(file, 'users', 'user'))
  const cluster = follow(context, 'cluster', clusters)
  const user = (context.body.user ?? '') === '' ? undefined : follow(context, 'user', users)
  return cluster && { context: named, cluster, user }
}

/** What is wrong with a file as a whole. */
function complain(scope: Scope, code: string, message: string, more: { hint?: string; path?: Path } = {}): undefined {
  scope.report({ severity: 'error', code, message, origin: scope.origin, path: [], ...more })
}

/** The entries of a list of `{name, KEY: {…}}`. */
function entries({ scope, content }: File, list: string, key: string): Entry[] {
  return readList(scope, content, list, []).flatMap((item, index): Entry[] => {
    const path = [list, index]
    if (!isMap(item)) return fail(scope, 'bad-kubeconfig', path, 'is not a mapping') ?? []
    const name = readText(scope, item, 'name', path) ?? missing(scope, [...path, 'name'])
    const body = readMap(scope, item, key, path) ?? {}
    return name === undefined ? [] : [{ name, body, scope, path: [...path, key] }]
  })
}

/** The entry that a context names. */
function follow({ body, scope, path }: Entry, key: string, known: readonly Entry[]): Entry | undefined {
  const name = readText(scope, body, key, path)
  if (name === undefined) return missing(scope, [...path, key])
  const found = known.find(entry => entry.name === name)
  const hint = known.length === 0 ? `there is no ${key} at all` : `there is ${listed(known)}`
  return found ?? fail(scope, `unknown-${key}`, [...path, key], `${JSON.stringify(name)} is not there`, hint)
}

const MOST_NAMES = 8

function listed(entries: readonly Entry[]): string {
  const names = [...new Set(entries.map(({ name }) => name))].sort(byText)
  return names.slice(0, MOST_NAMES).join(', ') + (names.length > MOST_NAMES ? ', …' : '')
}
