// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { error, type Result } from '../../base/diagnostic.ts'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { isDirectory } from '../../host/existing.ts'
import { INDEX_FILE, isPartName } from '../../spec/directory/index-file.ts'
import type { JoinedSpec } from '../../spec/directory/join.ts'
import { readDirectory } from '../../spec/directory/read.ts'
import { NEEDS_ENDPOINTS, parseSpec, parseSpecFile } from '../../spec/parse.ts'
import type { Source } from '../../spec/source.ts'
import { cannotRead } from '../io-failures.ts'
import { nameOf, readInput } from './files.ts'

/** The bytes of a spec before it is parsed: of one file or of stdin, or of a directory that split writes. */
export type SpecInput = FileInput | DirectoryInput

interface FileInput {
  /** What messages call it. */
  name: string
  bytes: Buffer
}

interface DirectoryInput {
  name: string
  index: Source
  files: ReadonlyMap<string, Buffer>
}

/** Reads a spec's bytes. What cannot be read, and a directory without an index, is exit 3. */
export async function readSpecInput(path: string): Promise<SpecInput> {
  const name = nameOf(path)
  if (path === '-' || !isDirectory(path)) return { name, bytes: await readInput(path) }
  const file = join(path, INDEX_FILE)
  const index = (await readInput(requireIndex(path, file))).toString('utf8')
  return { name, index: { file, text: index }, files: filesIn(path) }
}

function requireIndex(path: string, file: string): string {
  if (statSync(file, { throwIfNoEntry: false })) return file
  const hint = 'balancing split makes such a directory of a spec, balancing index writes the index of one'
  throw failure(EXIT.invalidInput, 'no-index', `the directory ${path} has no ${INDEX_FILE}: it is no spec`, hint)
}

/** The bytes of the files of a directory that can be parts of a spec, by name. Links are followed, as a mounted ConfigMap has them. */
export function filesIn(path: string): Map<string, Buffer> {
  try {
    const names = readdirSync(path).filter(name => isPartName(name) && statSync(join(path, name)).isFile())
    return new Map(names.sort().map(name => [name, readFileSync(join(path, name))]))
  } catch (error) {
    throw cannotRead(path, error)
  }
}

/** Parses a spec; it may be an exposure alone where `takesExposure`. */
export function parseInput(input: SpecInput, takesExposure: boolean): Result<JoinedSpec> {
  if ('bytes' in input) return parseFile({ file: input.name, text: input.bytes.toString('utf8') }, takesExposure)
  const { value, diagnostics } = readDirectory(input.index, input.files, name => join(input.name, name))
  if (!value?.isExposure || takesExposure) return { value, diagnostics }
  const { code, message, hint } = NEEDS_ENDPOINTS
  return {
    value: undefined,
    diagnostics: [...diagnostics, error(code, message, { hint, place: { file: input.name } })],
  }
}

function parseFile(source: Source, takesExposure: boolean): Result<JoinedSpec> {
  const { value, diagnostics } = takesExposure
    ? parseSpecFile(source.text, source.file)
    : asFile(parseSpec(source.text, source.file))
  if (!value) return { value: undefined, diagnostics }
  return { value: { ...value, parts: [{ ...source, ...value }], sourceOf: () => source }, diagnostics }
}

function asFile({ value, diagnostics }: ReturnType<typeof parseSpec>): ReturnType<typeof parseSpecFile> {
  return { value: value && { spec: value, isExposure: false }, diagnostics }
}
