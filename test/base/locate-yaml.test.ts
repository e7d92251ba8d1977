// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml'
import { listAt, locate } from '../../src/base/locate-yaml.ts'
import { printJson, printYaml } from '../../src/spec/print.ts'
import { arbitrarySpec } from '../arbitrary/spec.ts'
import { runs } from '../runs.ts'

type Path = (string | number)[]

/** Every value of a text and every key, by path: where the `yaml` library has it. */
function* placesIn(text: string): Generator<{ path: Path; key: boolean; line: number; column: number }> {
  const lines = new LineCounter()
  const found: { path: Path; key: boolean; node: Node }[] = []
  visit(parseDocument(text, { lineCounter: lines }), {
    Node(key, node, ancestors) {
      if (node.range && node.range[0] !== node.range[1])
        found.push({ path: pathOf(ancestors, node), key: key === 'key', node })
    },
  })
  for (const { path, key, node } of found) {
    const { line, col } = lines.linePos(node.range![0])
    yield { path, key, line, column: col }
  }
}

function pathOf(ancestors: readonly unknown[], node: unknown): Path {
  return [...ancestors, node].flatMap((part, i, all) => {
    const inside = all[i + 1]
    if (isPair(part) && isScalar(part.key)) return String(part.key.value)
    return isSeq(part) && inside !== undefined ? part.items.indexOf(inside) : []
  })
}

const HAND_MADE = `# a comment
a:
  - b: {c: [1, "two", 'th''ree'], d: {}}   # another
    e:
  -   f: "x\\ty"
  -
    - h
    -
    - [ ]
"k l" :
    m: a text
      of two lines
    n: |
      block
`

describe('locate', () => {
  test('agrees with the yaml library on every value and key of a spec, in YAML and JSON', () => {
    fc.assert(
      fc.property(arbitrarySpec, spec => {
        for (const text of [printYaml(spec), printJson(spec), JSON.stringify(JSON.parse(printJson(spec)))]) {
          for (const { path, key, line, column } of placesIn(text)) {
            expect({ path, ...locate(text, 'x', path, { key }) }).toMatchObject({ path, line, column })
          }
        }
      }),
      { numRuns: runs(100) },
    )
  })

  test('agrees with it on a text of other forms', () => {
    const places = [...placesIn(HAND_MADE)].filter(({ path }) => path.at(-1) !== 'n')
    expect(places.length).toBeGreaterThan(20)
    for (const { path, key, line, column } of places) {
      expect({ path, ...locate(HAND_MADE, 'x', path, { key }) }).toMatchObject({ path, line, column })
    }
  })

  test('underlines to the end of the value, or of its line', () => {
    const under = (path: Path, options = {}) => {
      const { source = '', column = 0, length = 0 } = locate(HAND_MADE, 'x', path, options)
      return source.slice(column - 1, column - 1 + length)
    }
    expect(under(['a', 0, 'b'])).toBe("{c: [1, \"two\", 'th''ree'], d: {}}")
    expect(under(['a', 0, 'b', 'c'])).toBe("[1, \"two\", 'th''ree']")
    expect(under(['a', 0, 'b', 'c', 2])).toBe("'th''ree'")
    expect(under(['a', 0, 'b', 'c', 2], { offset: 4 })).toBe("ee'")
    expect(under(['a', 0, 'b', 'd'])).toBe('{}')
    expect(under(['a', 2, 2])).toBe('[ ]')
    expect(under(['k l'], { key: true })).toBe('"k l"')
    expect(under(['k l', 'm'])).toBe('a text')
  })

  test('a path that leads nowhere gives the nearest thing on the way, a text that is no YAML its file', () => {
    expect(locate(HAND_MADE, 'x', ['a', 0, 'b', 'z', 1])).toEqual(locate(HAND_MADE, 'x', ['a', 0, 'b']))
    expect(locate(HAND_MADE, 'x', ['a', 0, 'e'])).toMatchObject({ line: 4, column: 5 })
    expect(locate(HAND_MADE, 'x', ['a', 9])).toEqual(locate(HAND_MADE, 'x', ['a']))
    expect(locate('{', 'x', ['a'])).toEqual({ file: 'x' })
    expect(locate('', 'x', ['a'])).toEqual({ file: 'x' })
  })

  test('listAt tells what the items say', () => {
    expect(listAt(HAND_MADE, ['a', 0, 'b', 'c'])).toEqual(['1', 'two', "th'ree"])
    expect(listAt(HAND_MADE, ['a', 2])).toEqual(['h', '', ''])
    expect(listAt(HAND_MADE, ['k l', 'm'])).toBeUndefined()
    expect(listAt(HAND_MADE, ['a', 7])).toBeUndefined()
  })
})
