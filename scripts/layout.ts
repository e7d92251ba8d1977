// SPDX-License-Identifier: Apache-2.0
/**
 * Writes src/datapath/layout.gen.ts to stdout from the BTF of BPF objects:
 *
 *     node scripts/layout.ts OBJECT... > src/datapath/layout.gen.ts
 *
 * It takes every map, and every struct and enum that a map or a global variable has. A byte that no field names is
 * an error: it would make equal keys unequal, and a value would carry what happened to lie on the stack.
 */
import { execFileSync } from 'node:child_process'
import { parseBtf } from './layout/btf.ts'
import { generateLayout, LayoutError } from './layout/generate.ts'

const objects = process.argv.slice(2)
if (objects.length === 0) {
  console.error('usage: node scripts/layout.ts OBJECT...')
  process.exit(2)
}

try {
  const dumps = objects.map(object => ({ object, types: parseBtf(dump(object)) }))
  process.stdout.write(generateLayout(dumps))
} catch (e) {
  if (!(e instanceof LayoutError)) throw e
  console.error(`layout: ${e.message}`)
  process.exit(1)
}

function dump(object: string): string {
  return execFileSync('bpftool', ['-j', 'btf', 'dump', 'file', object], { encoding: 'utf8', maxBuffer: 1 << 26 })
}
