import fc from 'fast-check'

/** Pieces that mean something in a spec, in YAML, on a terminal, in Markdown, XML or a log of GitHub Actions. */
const PIECES = [
  ' ',
  ',',
  '=',
  '%',
  '%20',
  '"',
  "'",
  '\\',
  '/',
  ': ',
  ' #',
  ' not-ready',
  ' zone=z',
  '\n',
  '\r',
  '\t',
  '\0',
  '\x1b[2J',
  '\x1b]8;;http://x\x07',
  '\x9b31m',
  '\u0085',
  '\u00ad',
  '\u061c',
  '\u200b',
  '\u200d',
  '\u202e',
  '\u2028',
  '\u2066',
  '\ufeff',
  '\u{e0041}',
  '::error::',
  '\n::error file=a::',
  '##[error]',
  '`',
  '```',
  '|',
  '*',
  '](http://x)',
  'https://x',
  'www.x.y',
  '@all',
  '#1',
  '<b>',
  '</details>',
  '&amp;',
  ']]>',
  '-->',
  '$(id)',
  '; id',
  '\\fB',
  '\n.sh id',
]

/** Text that no validation of the API touched: any, with what acts in some medium more often than chance has it. Well-formed. */
export const arbitraryText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 }), fc.string({ unit: 'binary', maxLength: 3 })),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map(pieces => pieces.join(''))
  .filter(text => text !== '')
