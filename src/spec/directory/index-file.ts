// SPDX-License-Identifier: Apache-2.0
import { type Diagnostic, error, type Result } from '../../base/diagnostic.ts'
import { API_VERSION } from '../../base/form.ts'
import { locate } from '../../base/locate-yaml.ts'
import type { Path } from '../../base/place.ts'
import { readDocument } from '../document/read.ts'
import { scalar } from '../line/quote.ts'
import type { Source } from '../source.ts'

/** The name of the index in a directory. */
export const INDEX_FILE = 'index.yaml'
const INDEX_KIND = 'DataplaneIndex'

/**
 * What a spec that is a directory is made of. The index changes with each of its files, so who replaces the index last
 * switches from one whole spec to the next.
 */
export interface DirectoryIndex {
  /** Of the exposure that the files make. */
  revision: string
  /** File name → SHA-256 of its bytes, in hex, as sha256sum prints it; by name. */
  files: ReadonlyMap<string, string>
}

export function printIndex({ revision, files }: DirectoryIndex): string {
  const lines = [...files].map(([name, sum]) => `  ${scalar(name)}: ${scalar(sum)}\n`)
  return `apiVersion: ${API_VERSION}\nkind: ${INDEX_KIND}\nrevision: ${scalar(revision)}\nfiles:\n${lines.join('')}`
}

/** May a directory have a file of this name as a part of a spec? It is no path, and a ConfigMap may have it as a key. */
export function isPartName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$/.test(name) && /\.(ya?ml|json)$/.test(name) && name !== INDEX_FILE
}

const HASH = /^[0-9a-f]{64}$/
const FIELDS = ['apiVersion', 'kind', 'revision', 'files']

/** Reads an index. Strict: an error for each mistake, with its place. Never throws. */
export function parseIndex({ text, file }: Source): Result<DirectoryIndex> {
  const { value, diagnostics } = readDocument(text, file)
  if (diagnostics.length > 0) return { value: undefined, diagnostics }
  const wrong: Diagnostic[] = []
  const complain = (path: Path, code: string, message: string, key = false) =>
    wrong.push(error(code, message, { place: locate(text, file, path, { key }) }))
  const index = isMapping(value) ? value : {}
  if (index.kind !== INDEX_KIND || index.apiVersion !== API_VERSION) {
    const message = `this is no index of a spec: its first lines are "apiVersion: ${API_VERSION}" and "kind: ${INDEX_KIND}"`
    return { value: undefined, diagnostics: [error('wrong-kind', message, { place: { file, line: 1 } })] }
  }
  for (const field of Object.keys(index)) {
    if (!FIELDS.includes(field)) complain([field], 'unknown-field', `"${field}" is not a field of an index`, true)
  }
  if (!isHash(index.revision)) complain(['revision'], 'bad-hash', '"revision" is not 64 hex digits')
  const files = isMapping(index.files) ? index.files : {}
  if (Object.keys(files).length === 0) complain(['files'], 'missing-field', 'an index names at least one file')
  for (const [name, sum] of Object.entries(files)) {
    const isOwn = isPartName(name)
    if (!isOwn)
      complain(['files', name], 'bad-name', `"${name}" is not the name of a .yaml, .yml or .json file here`, true)
    if (!isHash(sum)) complain(['files', name], 'bad-hash', `the SHA-256 of ${name} is not 64 hex digits`)
  }
  if (wrong.length > 0) return { value: undefined, diagnostics: wrong }
  const sums = Object.entries(files as Record<string, string>)
  return { value: { revision: index.revision as string, files: new Map(sums) }, diagnostics: [] }
}

function isHash(value: unknown): boolean {
  return typeof value === 'string' && HASH.test(value)
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
