// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

/** folder → folders it may import, from the table in ARCHITECTURE.md. */
function arrows(): Map<string, string[]> {
  const rows = readFileSync('ARCHITECTURE.md', 'utf8').matchAll(/^\| `([a-z.]+)` \|.*\|([^|]*)\|$/gm)
  const table = new Map([...rows].map(([, name, may]) => [name!, [...may!.matchAll(/`([a-z]+)`/g)].map(m => m[1]!)]))
  for (const [name, may] of table) if (name === 'cli') may.push(...table.keys())
  return table
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))
const text = (file: string) => readFileSync(join('src', file), 'utf8')
const folderOf = (file: string) => (file.includes('/') ? file.split('/')[0]! : file)
const EDGES = ['apiserver', 'host', 'bpf', 'node', 'doctor', 'agent', 'cli', 'main.ts']

test('every import follows an arrow of ARCHITECTURE.md', () => {
  const may = arrows()
  expect([...may.keys()].sort()).toEqual([...new Set(files.map(folderOf))].sort())
  const wrong: string[] = []
  for (const file of files) {
    for (const [, path] of text(file).matchAll(/(?:from |import\()'(\.[^']+)'/g)) {
      const target = relative('.', join(dirname(file), path!))
      const [from, to] = [folderOf(file), folderOf(target)]
      if (from !== to && !target.startsWith('..') && !may.get(from)?.includes(to)) wrong.push(`${file} -> ${target}`)
    }
  }
  expect(wrong).toEqual([])
})

test('no file imports itself through others', () => {
  const targets = (file: string) =>
    [...text(file).matchAll(/(?:from |import\()'(\.[^']+)'/g)].map(([, path]) => join(dirname(file), path!))
  const finished = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
    if (path.includes(file) || finished.has(file)) return
    for (const target of targets(file)) if (files.includes(target)) visit(target, [...path, file])
    finished.add(file)
  }
  for (const file of files) visit(file, [])
  expect(circles).toEqual([])
})

test('effects appear only in edges', () => {
  const effects = /from 'node:(fs|fs\/promises|child_process|os|process)'|\bconsole\.|\bprocess\.|Date\.now|new Date\(/
  const inside = files.filter(file => !EDGES.includes(folderOf(file)) && effects.test(text(file)))
  // The byte order of this machine is not an effect: it is the kernel's.
  expect(inside).toEqual(['datapath/codec.ts'])
})

test('files are small: the median is at most 120 lines', () => {
  const lines = files
    .filter(f => !f.endsWith('.gen.ts'))
    .map(f => text(f).split('\n').length)
    .sort((a, b) => a - b)
  expect(lines[Math.floor(lines.length / 2)]).toBeLessThanOrEqual(120)
})
