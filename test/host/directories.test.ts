// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, lchownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Failure } from '../../src/base/failure.ts'
import { requirePrivateDirectory } from '../../src/host/private-directory.ts'
import { History } from '../../src/node/history/history.ts'

const OTHER = 12345
const isRoot = process.geteuid?.() === 0

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'balancing-directories-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** In a process of its own: a loop would keep this one from ending the test. */
function make(path: string): { error: string; signal: string | null } {
  const source = `import { makeDirectory } from ${JSON.stringify(join(import.meta.dirname, '../../src/host/make-directory.ts'))}
try { makeDirectory(${JSON.stringify(path)}, 0o700) } catch (error) { console.log(error.code) }`
  const child = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', source], {
    timeout: 20_000,
    encoding: 'utf8',
  })
  return { error: child.stdout.trim(), signal: child.signal }
}

test('a directory that cannot be made is an error at once', () => {
  symlinkSync('nothing', join(folder, 'dangling'))
  symlinkSync('loop', join(folder, 'loop'))
  const paths = {
    '/proc/nc': 'ENOENT',
    '/proc/self/task/nc': 'ENOENT',
    [join(folder, 'dangling')]: 'EEXIST',
    [join(folder, 'dangling/x')]: 'EEXIST',
    [join(folder, 'loop/x')]: 'ELOOP',
    '/dev/null': 'EEXIST',
    '/dev/null/x': 'EEXIST',
    [join(folder, 'x'.repeat(300))]: 'ENAMETOOLONG',
  }
  const found = Object.fromEntries(Object.keys(paths).map(path => [path, make(path)]))
  const wanted = Object.entries(paths).map(([path, error]) => [path, { error, signal: null }])
  expect(found).toEqual(Object.fromEntries(wanted))
})

test('a directory is made with its parents, for this user only', () => {
  const path = join(folder, 'a/b')
  expect([make(path), make(path)]).toEqual([
    { error: '', signal: null },
    { error: '', signal: null },
  ])
  expect([path, join(folder, 'a')].map(made => statSync(made).mode & 0o777)).toEqual([0o700, 0o700])
})

function refusal(action: () => void): string {
  try {
    action()
    return ''
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const [{ code, message, hint }] = error.diagnostics as [Failure['diagnostics'][number]]
    return `${error.exitCode} ${code}: ${message.replaceAll(folder, '$DIR')} → ${hint?.replaceAll(folder, '$DIR')}`
  }
}

test.each([
  [0o700, ''],
  [0o500, ''],
  [0o755, '4 not-private: the pin directory $DIR is open to other users (mode 0755) → chmod 700 $DIR'],
  [0o1777, '4 not-private: the pin directory $DIR is open to other users (mode 1777) → chmod 700 $DIR'],
  [0o710, '4 not-private: the pin directory $DIR is open to other users (mode 0710) → chmod 700 $DIR'],
])('a directory of mode %i: %s', (mode, wanted) => {
  chmodSync(folder, mode)
  expect(refusal(() => requirePrivateDirectory(folder, 'pin directory'))).toBe(wanted)
})

test('a path that is not there, or is no directory, is judged by what makes or opens it', () => {
  expect(refusal(() => requirePrivateDirectory(join(folder, 'nothing'), 'pin directory'))).toBe('')
  expect(refusal(() => requirePrivateDirectory('/dev/null', 'pin directory'))).toBe('')
})

test.runIf(isRoot)('a directory, or a link to one, of another user is refused', () => {
  const theirs = join(folder, 'theirs')
  const link = join(folder, 'link')
  mkdirSync(theirs, { mode: 0o700 })
  mkdirSync(join(folder, 'ours'), { mode: 0o700 })
  symlinkSync('ours', link)
  expect(refusal(() => requirePrivateDirectory(link, 'pin directory'))).toBe('')
  lchownSync(link, OTHER, OTHER)
  expect(refusal(() => requirePrivateDirectory(link, 'pin directory'))).toBe(
    `4 not-private: the link to the pin directory $DIR/link belongs to another user (uid ${OTHER}) → rm $DIR/link`,
  )
  chownSync(theirs, OTHER, OTHER)
  expect(refusal(() => requirePrivateDirectory(theirs, 'pin directory'))).toContain(
    `the pin directory $DIR/theirs belongs to another user (uid ${OTHER}) → chown root: $DIR/theirs && chmod 700`,
  )
})

test('a history in a directory that others may enter is neither read nor written', () => {
  chmodSync(folder, 0o777)
  const history = new History(folder)
  expect([refusal(() => history.entries()), refusal(() => history.prepare('x\n'))]).toEqual([
    '4 not-private: the state directory $DIR is open to other users (mode 0777) → chmod 700 $DIR',
    '4 not-private: the state directory $DIR is open to other users (mode 0777) → chmod 700 $DIR',
  ])
})

test('what a trial says of a state directory that cannot be made or written is what writing says', () => {
  symlinkSync('nothing', join(folder, 'dangling'))
  const messageOf = (action: () => unknown) => {
    try {
      action()
      return 'done'
    } catch (error) {
      return (error as Failure).message
    }
  }
  for (const path of [
    '/proc/nc',
    '/proc/nc/deep',
    '/dev/null/x',
    join(folder, 'dangling'),
    join(folder, 'dangling/x'),
  ]) {
    const history = new History(path)
    // As apply does, which reads it first.
    const after = (action: (text: string) => unknown) => messageOf(() => [history.entries(), action('text')])
    const tried = after(text => history.tryPreparing(text))
    expect(tried, path).not.toBe('done')
    expect(
      after(text => history.prepare(text)),
      path,
    ).toBe(tried)
  }
})
