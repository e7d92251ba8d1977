// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { type Diagnostic, error, type Result, warning } from '../../base/diagnostic.ts'
import { locate } from '../../base/locate-yaml.ts'
import { revisionOf } from '../revision.ts'
import type { Source } from '../source.ts'
import { type DirectoryIndex, parseIndex } from './index-file.ts'
import { type JoinedSpec, joinParts } from './join.ts'

/**
 * Reads a spec that is a directory: its index, and the bytes of its files by name. All of it or nothing: there is a value
 * only when each file that the index names is there and has the SHA-256 that the index gives. A file that the index does not name is a warning.
 * `place`: how messages call a file.
 */
export function readDirectory(
  index: Source,
  files: ReadonlyMap<string, Buffer>,
  place: (name: string) => string,
): Result<JoinedSpec> {
  const { value, diagnostics } = parseIndex(index)
  if (!value) return { value: undefined, diagnostics }
  const wrong = [...value.files].flatMap(([name, sum]) => mismatch(index, name, sum, files.get(name)))
  if (wrong.length > 0) return { value: undefined, diagnostics: wrong }
  const sources = [...value.files.keys()].map(name => ({ file: place(name), text: files.get(name)!.toString('utf8') }))
  const joined = joinParts(sources)
  const unlisted = [...files.keys()].filter(name => !value.files.has(name)).map(name => isUnlisted(place(name)))
  const others = joined.value ? otherRevision(index, value, joined.value) : []
  return { value: joined.value, diagnostics: [...joined.diagnostics, ...unlisted, ...others] }
}

/** The SHA-256 of a file, in hex. */
export function sumOf(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

const HINT = 'balancing index DIR writes the index of the files that are there'

function mismatch({ text, file }: Source, name: string, sum: string, bytes: Buffer | undefined): Diagnostic[] {
  const found = bytes && sumOf(bytes)
  if (found === sum) return []
  const at = { hint: HINT, place: locate(text, file, ['files', name], { key: true }) }
  if (found === undefined) return [error('missing-file', `${name} is in the index, and not in the directory`, at)]
  return [error('other-file', `${name} is not the file that the index names: its SHA-256 is ${found}`, at)]
}

function isUnlisted(file: string): Diagnostic {
  return warning('unlisted-file', 'the index does not name this file: it is no part of the spec', {
    hint: HINT,
    place: { file },
  })
}

/** Another build may print the same exposure in another way. */
function otherRevision({ text, file }: Source, index: DirectoryIndex, { spec }: JoinedSpec): Diagnostic[] {
  const revision = revisionOf(spec)
  if (revision === index.revision) return []
  const place = locate(text, file, ['revision'])
  return [warning('other-revision', `the files make revision ${revision}`, { hint: HINT, place })]
}
