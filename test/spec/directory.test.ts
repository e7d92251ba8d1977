// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { INDEX_FILE } from '../../src/spec/directory/index-file.ts'
import { readDirectory } from '../../src/spec/directory/read.ts'
import { splitSpec } from '../../src/spec/directory/split.ts'
import type { SpecFile } from '../../src/spec/parse.ts'
import { membershipHash, revisionOf } from '../../src/spec/revision.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { arbitrarySpec } from '../arbitrary/spec.ts'
import { runs } from '../runs.ts'

const MANY = { numRuns: runs(200) }
const whole = (spec: Spec): SpecFile => ({ spec, isExposure: false })

function read(files: ReadonlyMap<string, string>) {
  const parts = [...files].filter(([name]) => name !== INDEX_FILE)
  const bytes = new Map(parts.map(([name, text]) => [name, Buffer.from(text)]))
  return readDirectory({ file: INDEX_FILE, text: files.get(INDEX_FILE) ?? '' }, bytes, name => name)
}

test('a directory is the spec that it was made of', () => {
  fc.assert(
    fc.property(arbitrarySpec, spec => {
      const { value, diagnostics } = read(splitSpec(whole(spec)))
      expect(diagnostics).toEqual([])
      expect(value).toMatchObject({ spec, isExposure: false })
    }),
    MANY,
  )
})

test('a directory of an exposure has its revision, and no endpoints', () => {
  fc.assert(
    fc.property(arbitrarySpec, spec => {
      const { value } = read(splitSpec({ spec, isExposure: true }))
      expect(value).toMatchObject({ isExposure: true })
      expect(revisionOf(value!.spec)).toBe(revisionOf(spec))
      expect(value!.spec.services.flatMap(service => service.endpoints)).toEqual([])
    }),
    MANY,
  )
})

test('while files are replaced in the order of split, a reader gets the old spec, the new spec, or an error', () => {
  fc.assert(
    fc.property(arbitrarySpec, arbitrarySpec, fc.nat(), (old, now, seed) => {
      const [before, after] = [splitSpec(whole(old)), splitSpec(whole(now))]
      const steps: ((files: Map<string, string>) => void)[] = [...after].map(
        ([name, text]) =>
          files =>
            files.set(name, text),
      )
      for (const name of before.keys()) if (!after.has(name)) steps.push(files => files.delete(name))
      const files = new Map(before)
      for (const step of steps.slice(0, seed % (steps.length + 1))) step(files)
      const { value } = read(files)
      const hashes = (spec: Spec) => [revisionOf(spec), membershipHash(spec)]
      if (value) expect([hashes(old), hashes(now)]).toContainEqual(hashes(value.spec))
    }),
    MANY,
  )
})

test('a change of one namespace changes its file and the index', () => {
  fc.assert(
    fc.property(arbitrarySpec, spec => {
      const [first] = spec.services
      fc.pre(first !== undefined)
      const other = { ...spec, services: spec.services.slice(1) }
      const [before, after] = [splitSpec(whole(spec)), splitSpec(whole(other))]
      const changed = [...before].filter(([name, text]) => after.get(name) !== text).map(([name]) => name)
      expect(changed.sort()).toEqual([INDEX_FILE, `namespace-${first!.namespace}.yaml`].sort())
    }),
    MANY,
  )
})

test('a byte that changes in a file is an error at its line of the index', () => {
  fc.assert(
    fc.property(arbitrarySpec, fc.nat(), (spec, seed) => {
      const files = splitSpec(whole(spec))
      const name = [...files.keys()].filter(one => one !== INDEX_FILE)[seed % (files.size - 1)]!
      files.set(name, `${files.get(name)} `)
      const { value, diagnostics } = read(files)
      expect(value).toBeUndefined()
      expect(diagnostics).toMatchObject([{ code: 'other-file', place: { file: INDEX_FILE } }])
    }),
    MANY,
  )
})
