// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../kernel/balancing.ts'
import { fails } from './client.ts'

/** A port at which nobody listens: what gets as far as this has chosen its cluster. */
const SERVER = 'https://127.0.0.1:1'
const GOOD = `apiVersion: v1
kind: Config
current-context: prod
clusters:
- name: prod
  cluster:
    server: ${SERVER}
contexts:
- name: prod
  context: {cluster: prod, user: me}
users:
- name: me
  user: {token: s3cret}
`
const REACHED = /error\[api-unreachable\] listing nodes failed: https:\/\/127\.0\.0\.1:1 refuses the connection/

describe('a kubeconfig', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'balancing-kubeconfig-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }

  test.each<[string, string | RegExp, string, RegExp]>([
    [
      'no current context',
      /current-context.*\n/,
      '',
      /:1:1: error\[no-context\] .*\n {2}hint: name one with --context: prod/,
    ],
    [
      'unknown context',
      'current-context: prod',
      'current-context: prd',
      /:3:18: error\[unknown-context\] .*"prd"\n {2}hint: did you mean prod\?/,
    ],
    [
      'unknown cluster',
      'cluster: prod,',
      'cluster: test,',
      /:10:22: error\[unknown-cluster\] .*\n {2}hint: there is prod/,
    ],
    ['unknown user', 'user: me}', 'user: you}', /:10:34: error\[unknown-user\] .*\n {2}hint: there is me/],
    [
      'no server',
      `server: ${SERVER}`,
      'proxy-url: x',
      /:7:5: error\[missing-field\] .*clusters\[0\]\.cluster\.server is missing/,
    ],
    [
      'no address',
      SERVER,
      '127.0.0.1:6443',
      /:7:13: error\[bad-address\] .*"127\.0\.0\.1:6443" is no address to connect to\n {2}hint: it begins with one of https:/,
    ],
    ['no text', 's3cret', '53537', /:13:17: error\[wrong-type\] .*users\[0\]\.user\.token is not a text\n$/],
    [
      'no proxy',
      'server:',
      'proxy-url: somewhere:80\n    server:',
      /:7:16: error\[bad-address\] .*proxy-url "somewhere:80" is no address/,
    ],
    [
      'two words',
      '{token: s3cret}',
      '{token: s3cret word}',
      /:13:17: error\[bad-credentials\] .*token holds what is no token/,
    ],
    [
      'no PEM',
      'token: s3cret',
      'client-key-data: czNjcmV0',
      /:13:27: error\[bad-credentials\] .* holds no PEM in base64\n$/,
    ],
    [
      'no file',
      'token: s3cret',
      'client-certificate: me.crt',
      /:13:30: error\[cannot-read\] .*"me\.crt": there is no such file\n$/,
    ],
    [
      'a plugin that asks',
      'token: s3cret',
      'exec: {command: x, interactiveMode: Always}',
      /:13:\d+: error\[unknown-value\] .*Always/,
    ],
    ['no YAML', '{token: s3cret}', '{token: s3cret', /:13:22: error\[truncated-document\]/],
    ['twice', 'kind: Config', 'kind: Config\nkind: Config', /:3:1: error\[duplicate-key\]/],
    ['a list', GOOD, '- a\n', /:1:1: error\[bad-kubeconfig\] this is no kubeconfig/],
    ['nothing', GOOD, '', /error\[no-context\] this kubeconfig has no current-context\n/],
  ])('with %s is a mistake with a place, and shows no secret', async (_, from, to, message) => {
    const path = file('config', GOOD.replace(from, to))
    await fails(path, 3, message)
    const { stderr } = await run(['render', '--kubeconfig', path], {})
    for (const secret of ['s3cret', 'czNjcmV0', '53537']) expect(stderr).not.toContain(secret)
  })

  test('is found by --kubeconfig, then $KUBECONFIG, then in the home folder', async () => {
    const path = file('good', GOOD)
    await fails(path, 4, REACHED)
    await fails('/dev/null', 4, REACHED, '--kubeconfig', path)
    await fails(
      path,
      3,
      /error\[cannot-read\] the kubeconfig \/no\/config cannot be read: there is no such file/,
      '--kubeconfig',
      '/no/config',
    )
    await fails(path, 3, /error\[unknown-context\] .*"staging"\n {2}hint: it has prod/, '--context', 'staging')
    const env = { KUBECONFIG: '', HOME: folder, KUBERNETES_SERVICE_HOST: '' }
    const nothing = await run(['render'], { env })
    expect([nothing.code, nothing.stdout]).toEqual([3, ''])
    expect(nothing.stderr).toMatch(
      /error\[no-kubeconfig\] there is no kubeconfig: .*and this is no pod\n {2}hint: give --kubeconfig/,
    )
  })

  test('may be several: the first that says a thing wins, one may be missing', async () => {
    const own = file('own', 'current-context: mine\ncontexts: [{name: mine, context: {cluster: prod}}]\n')
    const other = GOOD.replace('name: prod\n  context', 'name: mine\n  context').replace('me}', 'nobody}')
    const paths = [join(folder, 'missing'), own, file('other', other)].join(':')
    const { stderr, code } = await run(['render'], { env: { KUBECONFIG: paths } })
    expect(stderr).toMatch(REACHED)
    expect(code).toBe(4)
  })

  test('has no part in an offline render', async () => {
    for (const flag of ['--kubeconfig', '--context', '--timeout']) {
      const { stderr, code } = await run(['render', '--from', 'examples/shop.yaml', flag, '5'])
      expect(code).toBe(2)
      expect(stderr).toContain(
        `'${flag} <${flag === '--kubeconfig' ? 'file' : flag === '--context' ? 'name' : 'seconds'}>' cannot be used`,
      )
    }
    expect((await run(['render', '--from', 'examples/shop.yaml'], { env: { KUBECONFIG: '/no/config' } })).code).toBe(0)
  })
})
