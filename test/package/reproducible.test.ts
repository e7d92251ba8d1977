// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

test('two builds in two folders are equal, byte for byte', () => {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-build-'))
  try {
    const [one, two] = ['one', 'deeper/two'].map(name => built(join(folder, name)))
    expect([...two!.keys()]).toEqual([...one!.keys()])
    expect([...one!.keys()].filter(file => !one!.get(file)!.equals(two!.get(file)!))).toEqual([])
    expect([...one!.keys()]).toEqual(expect.arrayContaining(['dist/main.js', 'dist/NOTICE', 'build/bpf/cgroup.bpf.o']))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

/** What a build of this checkout in a folder consists of. */
function built(folder: string): Map<string, Buffer> {
  mkdirSync(join(folder, 'build'), { recursive: true })
  for (const part of ['bpf', 'src', 'schema', 'scripts', 'package.json', 'Makefile'])
    cpSync(part, join(folder, part), { recursive: true })
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  const sources = readdirSync('bpf').filter(name => name.endsWith('.bpf.c'))
  const objects = sources.map(name => `build/bpf/${name.replace(/c$/, 'o')}`)
  // The tools are there, or this would not run.
  execFileSync('make', ['--silent', '--old-file=build/tools', ...objects], { cwd: folder, env: environment() })
  execFileSync(process.execPath, ['scripts/build.ts'], { cwd: folder })
  const bundle = readdirSync(join(folder, 'dist')).map(name => `dist/${name}`)
  return new Map([...objects, ...bundle].sort().map(path => [path, readFileSync(join(folder, path))]))
}

/** Without what a make around this one hands down. */
function environment(): NodeJS.ProcessEnv {
  const { MAKEFLAGS: _, MFLAGS: __, MAKELEVEL: ___, ...rest } = process.env
  return rest
}
