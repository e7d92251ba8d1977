// SPDX-License-Identifier: Apache-2.0
/**
 * Keeps specs of a release, with what they mean to it, for every later build to read. What is kept is never written again.
 *
 *     node test/corpus/keep.ts RELEASE SPEC…
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { parseSpec } from '../../src/spec/parse.ts'
import { meaningFile, meaningOf, specFile } from './corpus.ts'

const [release, ...files] = process.argv.slice(2)
if (!release || files.length === 0) throw new Error('usage: node test/corpus/keep.ts RELEASE SPEC…')
for (const file of files) {
  const text = readFileSync(file, 'utf8')
  const { value, diagnostics } = parseSpec(text, file)
  if (!value) throw new Error(`${file}: ${diagnostics[0]?.message}`)
  const name = `${release}/${basename(file)}`
  mkdirSync(dirname(specFile(name)), { recursive: true })
  writeFileSync(specFile(name), text, { flag: 'wx' })
  writeFileSync(meaningFile(name), `${JSON.stringify(meaningOf(value), undefined, 2)}\n`, { flag: 'wx' })
}
