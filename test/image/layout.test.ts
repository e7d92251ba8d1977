// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseBtf } from '../../scripts/layout/btf.ts'
import { generateLayout } from '../../scripts/layout/generate.ts'
import { enums, structs } from '../../src/datapath/layout.gen.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const OBJECTS = ['build/bpf/abi.bpf.o', 'build/bpf/cgroup.bpf.o']

describe('layout.gen.ts', () => {
  const missing = process.env.CI ? [] : OBJECTS.filter(object => !existsSync(join(ROOT, object)))
  it.skipIf(missing.length > 0)(`is what the objects say (needs ${missing.join(', ') || OBJECTS.join(', ')})`, () => {
    const { stdout, stderr } = layout(...OBJECTS)
    expect(stderr).toBe('')
    expect(readFileSync(join(ROOT, 'src/datapath/layout.gen.ts'), 'utf8')).toBe(stdout)
  })

  it('has every struct and enum of abi.h', () => {
    const header = readFileSync(join(ROOT, 'bpf/abi.h'), 'utf8')
    const declared = (kind: string) =>
      [...header.matchAll(new RegExp(`^${kind} (\\w+) \\{`, 'gm'))].map(m => m[1]!).sort()
    expect(Object.keys(structs)).toEqual(declared('struct'))
    expect(Object.keys(enums)).toEqual(declared('enum'))
  })

  it('keeps enum values above the signed range', () => {
    expect(enums.filter_hash.FILTER_MULTIPLIER).toBe(0x9e3779b1)
  })
})

describe('the layout generator', () => {
  it('names the struct and the place of a hole', () => {
    expect(() =>
      generate(
        struct(8, [
          ['kind', 1, 0],
          ['address', 2, 32],
        ]),
      ),
    ).toThrow('x.o: struct thing has 3 unnamed bytes before "address" (offset 1); name them with a pad field')
  })

  it('names the struct with padding at its end', () => {
    expect(() =>
      generate(
        struct(8, [
          ['address', 2, 0],
          ['kind', 1, 32],
        ]),
      ),
    ).toThrow('x.o: struct thing has 3 unnamed bytes at the end (offset 5); name them with a pad field')
  })

  it('refuses bit fields', () => {
    expect(() => generate(struct(4, [['address', 2, 0, 12]]))).toThrow('struct thing has a bit field, address')
  })

  it('takes a struct without gaps', () => {
    expect(generate(struct(4, [['address', 2, 0]]))).toContain("fields: { address: { offset: 0, type: 'u32' } }")
  })

  it('gives each map a hash of what it is made of, and of nothing else', () => {
    const hashes = (dump: string) => /mapLayouts = (\{[^}]*\})/.exec(generate(dump))![1]
    const plain = struct(4, [['address', 2, 0]], 'thing')
    expect(hashes(plain)).toMatch(/^\{ things: '[0-9a-f]{16}' \}$/)
    expect(hashes(struct(4, [['port', 2, 0]], 'thing'))).not.toBe(hashes(plain))
    expect(hashes(struct(4, [['kind', 5, 0]], 'thing', 1))).not.toBe(hashes(struct(4, [['kind', 5, 0]], 'thing', 2)))
    // How large it is made, and what other maps hold, is another matter.
    expect(hashes(struct(4, [['address', 2, 0]], 'thing', 1, 77))).toBe(hashes(plain))
    expect(hashes(struct(4, [['port', 2, 0]], 'int'))).toBe(hashes(struct(4, [['address', 2, 0]], 'int')))
  })

  it('refuses two declarations of one struct', () => {
    const one = { object: 'x.o', types: parseBtf(struct(4, [['address', 2, 0]])) }
    const other = { object: 'y.o', types: parseBtf(struct(4, [['port', 2, 0]])) }
    expect(() => generateLayout([one, other])).toThrow('y.o: struct thing differs')
    expect(generateLayout([one, { ...one, object: 'z.o' }])).toContain('thing: {')
  })

  const clang = spawnSync('clang', ['--version']).status === 0 || process.env.CI !== undefined
  it.skipIf(!clang)('ends with 1 and one line for a compiled struct with a hole (needs clang)', () => {
    const directory = mkdtempSync(join(tmpdir(), 'bal-layout-'))
    try {
      const object = join(directory, 'hole.o')
      writeFileSync(join(directory, 'hole.c'), 'struct hole { char a; long long b; } hole;\n')
      execFileSync('clang', ['-g', '-O2', '-target', 'bpf', '-c', join(directory, 'hole.c'), '-o', object])
      expect(layout(object)).toMatchObject({
        status: 1,
        stdout: '',
        stderr: `layout: ${object}: struct hole has 7 unnamed bytes before "b" (offset 1); name them with a pad field\n`,
      })
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

function layout(...objects: string[]) {
  return spawnSync(process.execPath, ['scripts/layout.ts', ...objects], { cwd: ROOT, encoding: 'utf8' })
}

function generate(json: string): string {
  return generateLayout([{ object: 'x.o', types: parseBtf(json) }])
}

/**
 * A dump with one global, a `struct thing` of these members: name, type (1 is u8, 2 is u32, 5 an enum whose only value is
 * `constant`), offset and width in bits. With `value` it has a map `things` too, of u32 to that.
 */
function struct(
  size: number,
  members: [string, number, number, number?][],
  value?: 'thing' | 'int',
  constant = 1,
  maxEntries = 8,
): string {
  const fields = members.map(([name, type_id, bits_offset, bitfield_size]) => ({
    name,
    type_id,
    bits_offset,
    bitfield_size,
  }))
  return JSON.stringify({
    types: [
      { id: 1, kind: 'INT', name: 'unsigned char', size: 1 },
      { id: 2, kind: 'INT', name: 'unsigned int', size: 4 },
      { id: 3, kind: 'STRUCT', name: 'thing', size, members: fields },
      { id: 4, kind: 'VAR', name: 'a_thing', type_id: 3 },
      { id: 5, kind: 'ENUM', name: 'kinds', size: 4, values: [{ name: 'KIND', val: constant }] },
      ...(value ? mapOf(value === 'thing' ? 3 : 2, maxEntries) : []),
    ],
  })
}

/** The types of a map as bpf_helpers.h declares it: a pointer for each property. */
function mapOf(value: number, maxEntries: number): object[] {
  const pointers = [
    ['type', 20, { id: 20, kind: 'ARRAY', type_id: 2, nr_elems: 1 }],
    ['max_entries', 21, { id: 21, kind: 'ARRAY', type_id: 2, nr_elems: maxEntries }],
    ['key', 2],
    ['value', value],
  ] as const
  const members = pointers.map(([name], i) => ({ name, type_id: 30 + i, bits_offset: 64 * i }))
  return [
    ...pointers.flatMap(([, , array]) => array ?? []),
    ...pointers.map(([, type_id], i) => ({ id: 30 + i, kind: 'PTR', name: '', type_id })),
    { id: 40, kind: 'STRUCT', name: '', size: 64 * pointers.length, members },
    { id: 41, kind: 'VAR', name: 'things', type_id: 40 },
    { id: 42, kind: 'DATASEC', name: '.maps', vars: [{ type_id: 41 }] },
  ]
}
