// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  escapeGithub,
  escapeGithubProperty,
  escapeMarkdown,
  escapeXml,
  markdownCode,
  markdownFence,
} from '../../src/base/escape-markup.ts'
import { arbitraryText } from '../arbitrary/hostile.ts'
import { runs } from '../runs.ts'
import { actsInLog, markupIn, xmlElements } from './media.ts'

const hostile = fc.oneof(arbitraryText, fc.string({ unit: 'binary' }))

test('no text of an input is markup of a medium', () => {
  fc.assert(
    fc.property(hostile, text => {
      expect(markupIn(`- ${escapeMarkdown(text)}`)).toEqual([])
      const [, fence, body] = /^(`+)(.*?)\1$/s.exec(markdownCode(text))!
      expect([...body!.matchAll(/`+/g)].map(([run]) => run)).not.toContain(fence)
      expect(markdownCode(text)).not.toMatch(/[\n\r]/)
      expect(text).not.toContain(markdownFence(text))
      expect(escapeGithub(text)).not.toMatch(/[\n\r]|%(?!25)/)
      expect(escapeGithubProperty(text)).not.toMatch(/[\n\r:,]/)
      expect(xmlElements(`<a b="${escapeXml(text)}">${escapeXml(text)}</a>`)).toEqual(['a'])
      for (const shown of [escapeMarkdown(text), escapeGithub(text), escapeXml(text)])
        expect(actsInLog(shown)).toBe(false)
    }),
    { numRuns: runs(2000) },
  )
})

test('plain text stays as it is', () => {
  const text = 'externalTrafficPolicy Cluster → Local; -10.244.1.9 +10.244.3.7 (and their IPv6)'
  for (const escaped of [escapeMarkdown(text), escapeGithub(text), escapeXml(text)]) expect(escaped).toBe(text)
  expect(markdownCode('shop/cart:http')).toBe('`shop/cart:http`')
  expect(markdownFence('+  shop/cart:')).toBe('```')
})
