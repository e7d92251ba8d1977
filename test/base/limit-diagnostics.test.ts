// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { error, warning } from '../../src/base/diagnostic.ts'
import { limitDiagnostics } from '../../src/base/limit-diagnostics.ts'

test('twenty of each code are shown, and the others counted at the first of them', () => {
  const many = Array.from({ length: 98 }, (_, i) => error('syntax', `${i}`, { place: { file: `f${i}` } }))
  const other = warning('no-endpoints', 'once')
  const shown = limitDiagnostics([...many, other], 'elsewhere')
  expect(shown).toHaveLength(22)
  expect(shown.slice(0, 20)).toEqual(many.slice(0, 20))
  expect(shown.slice(20)).toEqual([
    other,
    { ...error('syntax', 'and 78 more of this kind', { hint: 'elsewhere' }), place: { file: 'f20' } },
  ])
})

test('a few are shown as they are', () => {
  const few = Array.from({ length: 20 }, (_, i) => error('syntax', `${i}`))
  expect(limitDiagnostics(few)).toEqual(few)
})
