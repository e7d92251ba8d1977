// SPDX-License-Identifier: Apache-2.0
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../src/base/failure.ts'
import { writeWhole } from '../../src/cli/input/files.ts'
import { replaceFile } from '../../src/host/replace-file.ts'

const OTHER = 12345

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'balancing-files-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Both ways to replace a file: of commands (--out, --write), and of the history. */
describe.each([
  ['writeWhole', writeWhole],
  ['replaceFile', replaceFile],
])('%s', (_, write) => {
  test.each(['600', '640', '444', '664', '755'])('keeps mode %s, and leaves no other file', octal => {
    const mode = Number.parseInt(octal, 8)
    const path = join(folder, 'spec.yaml')
    writeFileSync(path, 'old')
    chmodSync(path, mode)
    write(path, 'new')
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o7777]).toEqual(['new', mode])
    expect(readdirSync(folder)).toEqual(['spec.yaml'])
  })

  test.runIf(process.geteuid?.() === 0)('keeps the owner and the group', () => {
    const path = join(folder, 'spec.yaml')
    writeFileSync(path, 'old', { mode: 0o600 })
    chownSync(path, OTHER, OTHER + 1)
    write(path, 'new')
    const { uid, gid, mode } = statSync(path)
    expect({ uid, gid, mode: mode & 0o7777 }).toEqual({ uid: OTHER, gid: OTHER + 1, mode: 0o600 })
  })

  test('a failure leaves the old file, and no temporary one', () => {
    expect(() => write(join(folder, 'missing', 'spec.yaml'), 'new')).toThrow()
    expect(() => write(`${folder}/${'x'.repeat(240)}`, 'new')).toThrow()
    expect(readdirSync(folder)).toEqual([])
  })

  test('no temporary name that another user can guess is written to', () => {
    const path = join(folder, 'spec.yaml')
    const victim = join(folder, 'victim')
    writeFileSync(victim, 'of another user')
    for (const name of [`${path}.${process.pid}.tmp`, `${path}.tmp`, `${path}~`, join(folder, '.spec.yaml.swp')])
      symlinkSync(victim, name)
    write(path, 'new')
    expect([readFileSync(victim, 'utf8'), readFileSync(path, 'utf8')]).toEqual(['of another user', 'new'])
  })
})

test('a link of this user is followed', () => {
  writeFileSync(join(folder, 'target'), 'old', { mode: 0o600 })
  symlinkSync('target', join(folder, 'link'))
  writeWhole(join(folder, 'link'), 'new')
  expect([readFileSync(join(folder, 'target'), 'utf8'), readdirSync(folder)]).toEqual(['new', ['link', 'target']])
})

test.runIf(process.geteuid?.() === 0)('a link of another user is not', () => {
  writeFileSync(join(folder, 'target'), 'old')
  for (const target of ['target', 'nothing']) {
    const link = join(folder, `to-${target}`)
    symlinkSync(target, link)
    lchownSync(link, OTHER, OTHER)
    expect(() => writeWhole(link, 'new')).toThrow(Failure)
  }
  expect([readFileSync(join(folder, 'target'), 'utf8'), existsSync(join(folder, 'nothing'))]).toEqual(['old', false])
})
