// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const EXPORTED = /^export (?:async )?(?:const|function|class|interface|type) (\w+)/gm
const IMPORTED = /\bimport (?:type )?\{([^}]*)\}|\{([^}]*)\} = await import\(/g
const SYMBOL = /(?:\btype )?(\w+)(?: as \w+)?/g

interface Source {
  path: string
  exported: string[]
  imported: string[]
}

/** The TypeScript files of a folder, with the names that each exports and imports. */
function filesIn(folder: string): Source[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))
  return names.map(name => {
    const path = join(folder, name)
    const text = readFileSync(path, 'utf8')
    const lists = [...text.matchAll(IMPORTED)].map(([, named, loaded]) => named ?? loaded!)
    return {
      path,
      exported: [...text.matchAll(EXPORTED)].map(([, symbol]) => symbol!),
      imported: lists.flatMap(list => [...list.matchAll(SYMBOL)].map(([, symbol]) => symbol!)),
    }
  })
}

test('every exported symbol is imported somewhere', () => {
  const files = ['src', 'test', 'bench', 'scripts'].flatMap(filesIn)
  const imported = new Set(files.flatMap(file => file.imported))
  const unused = files
    .filter(({ path }) => path.startsWith('src/') && !path.endsWith('.gen.ts'))
    .flatMap(({ path, exported }) => exported.filter(s => !imported.has(s)).map(s => `${path}: ${s}`))
  expect(unused).toEqual([])
})
