// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadCluster } from '../../src/cluster/load.ts'
import { render } from '../../src/render/render.ts'
import { printYaml } from '../../src/spec/print.ts'
import { actsInLog, markupIn, xmlElements } from '../base/media.ts'
import { BINARY } from '../kernel/balancing.ts'

/** What a tenant writes into an object, and what a contributor names a file. */
const TEXTS = [
  '::error file=a.yaml,line=1::owned',
  'x\n::warning::owned',
  'x\r\n##[error]owned',
  '##vso[task.setvariable variable=a]b',
  '\x1b[2J\x1b]8;;http:x\x07link',
  '\u202egnp.exe\u200b',
  ']]><x>"\'&amp;-->',
  '` | </details> ](http:x) @all #1 www.example.org `',
]

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'balancing-hostile-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A file whose name is the text. */
function file(text: string, content: string): string {
  const path = `${text.replaceAll('/', '%')}.yaml`
  writeFileSync(join(folder, path), content)
  return path
}

const shop = loadCluster([{ name: 'shop', bytes: readFileSync('examples/shop.yaml') }]).value!
const SPEC = printYaml(render(shop).spec)

describe.each(TEXTS)('%j', text => {
  const told = (args: string[]) => {
    const { status: code, stdout, stderr } = spawnSync(BINARY, args, { cwd: folder, encoding: 'utf8' })
    return { code, stdout, stderr }
  }

  test('in an export: a kind, a zone, a type of a wrong one', () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', namespace: 'b' }, spec: { type: text } }
    const other = { apiVersion: 'v1', kind: text, metadata: { name: text } }
    for (const items of [[other], [service]]) {
      const path = file(text, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
      const { stderr } = told(['render', '--from', path])
      expect(stderr).not.toBe('')
      expect(actsInLog(stderr)).toBe(false)
      const log = told(['render', '--log-format', 'json', '--from', path])
      const lines = log.stderr.trimEnd().split(/[\n\r\u0085\u2028\u2029]/)
      for (const line of lines) expect(JSON.parse(line)).toMatchObject({ msg: expect.any(String) })
      expect(actsInLog(log.stderr)).toBe(false)
    }
  })

  test('in a spec and its name: fields and values, in each form of validate', () => {
    const broken = SPEC.replace('services:\n', `services:\n  ${JSON.stringify(text)}: {${JSON.stringify(text)}: 1}\n`)
    const path = file(text, broken)
    const shown = told(['validate', '-f', path])
    expect([shown.code, actsInLog(shown.stdout + shown.stderr)]).toEqual([3, false])
    const github = told(['validate', '-f', path, '-o', 'github'])
    for (const line of github.stdout.trimEnd().split('\n')) expect(line).toMatch(/^::error [^:]*::[^\p{Cc}]*$/u)
    const junit = told(['validate', '-f', path, '-o', 'junit'])
    expect(xmlElements(junit.stdout).filter(name => name === 'failure')).toHaveLength(1)
    const json = told(['validate', '-f', path, '-o', 'json'])
    expect([actsInLog(json.stdout), JSON.parse(json.stdout).file]).toEqual([false, path])
  })

  test('in names of compared files and zones, in each form of diff; and where explain points', () => {
    const [old, now] = [
      file(`${text}1`, SPEC),
      file(`${text}2`, SPEC.replace(/zone: eu-west-a/, `zone: "${encoded(text)}"`)),
    ]
    const markdown = told(['diff', old, now, '-o', 'markdown', '--nodes'])
    expect(markdown.stderr).toBe('')
    expect([markdown.code, actsInLog(markdown.stdout), markupIn(markdown.stdout)]).toEqual([1, false, []])
    for (const form of ['text', 'unified']) {
      const { code, stdout } = told(['diff', old, now, '-o', form])
      expect([code, actsInLog(stdout)]).toEqual([1, false])
    }
    const json = told(['diff', old, now, '-o', 'json'])
    expect([actsInLog(json.stdout), JSON.parse(json.stdout).old.name]).toEqual([false, old])
    const explained = told(['explain', 'node-a1', now, '--from', 'external'])
    expect([explained.code, actsInLog(explained.stdout + explained.stderr)]).toEqual([0, false])
    const asJson = told(['explain', 'node-a1', now, '--from', 'external', '-o', 'json'])
    expect([JSON.parse(asJson.stdout).apiVersion, actsInLog(asJson.stdout)]).toEqual([expect.anything(), false])
    const listed = told(['fmt', '--check', file(`${text}3`, `${SPEC}# end\n`)])
    expect([listed.code, actsInLog(listed.stdout), listed.stdout.split('\n')]).toEqual([1, false, expect.any(Array)])
  })
})

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*~]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
