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

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '`',
      '```',
      '*',
      '_',
      '[',
      '](',
      '<',
      '</details>',
      '&',
      '@',
      '|',
      '\\',
      '\n',
      '\r',
      '\x1b',
      ':',
      ',',
      '%',
      '"',
      ' ',
    ),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
})

test('no text of an input is markup of a medium', () => {
  fc.assert(
    fc.property(hostile, text => {
      expect(escapeMarkdown(text).replace(/\\[\\`*_[\]|~#]|&(?:amp|lt|gt|#64);/g, '')).not.toMatch(
        /[\\`*_[\]<>&|~#@\n\r]/,
      )
      const [, fence, body] = /^(`+)(.*?)\1$/s.exec(markdownCode(text))!
      expect([...body!.matchAll(/`+/g)].map(([run]) => run)).not.toContain(fence)
      expect(markdownCode(text)).not.toMatch(/[\n\r]/)
      expect(text).not.toContain(markdownFence(text))
      expect(escapeGithub(text)).not.toMatch(/[\n\r]/)
      expect(escapeGithubProperty(text)).not.toMatch(/[\n\r:,]/)
      expect(escapeXml(text).replace(/&(?:amp|lt|gt|quot);/g, '')).not.toMatch(/[&<>"\x1b]/)
    }),
  )
})

test('plain text stays as it is', () => {
  const text = 'externalTrafficPolicy Cluster → Local; -10.244.1.9 +10.244.3.7 (and their IPv6)'
  for (const escaped of [escapeMarkdown(text), escapeGithub(text), escapeXml(text)]) expect(escaped).toBe(text)
  expect(markdownCode('shop/cart:http')).toBe('`shop/cart:http`')
  expect(markdownFence('+  shop/cart:')).toBe('```')
})
