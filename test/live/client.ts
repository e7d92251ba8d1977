// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Ran, run } from '../kernel/balancing.ts'
import type { ApiServer } from './api-server.ts'

/** A kubeconfig of one context, "test"; `cluster` and `user` as the file has them. */
export function kubeconfig(folder: string, cluster: object, user: object): string {
  const path = join(mkdtempSync(join(folder, 'client-')), 'config')
  writeFileSync(
    path,
    JSON.stringify({
      clusters: [{ name: 'here', cluster }],
      users: [{ name: 'me', user }],
      contexts: [{ name: 'test', context: { cluster: 'here', user: 'me' } }],
      'current-context': 'test',
    }),
  )
  return path
}

/** A kubeconfig of the administrator; `server`: where the API server is reached. */
export function administrator({ folder, certificates: { authority, admin } }: ApiServer, server: string): string {
  const base64 = (pem: string) => Buffer.from(pem).toString('base64')
  return kubeconfig(
    folder,
    { server, 'certificate-authority-data': base64(authority.certificate) },
    { 'client-certificate-data': base64(admin.certificate), 'client-key-data': base64(admin.key) },
  )
}

/** `balancing render` of this machine's kubeconfig, whatever kubeconfigs the machine has otherwise. */
export function live(path: string, ...args: string[]): Promise<Ran> {
  return run(['render', ...args], { env: { KUBECONFIG: path } })
}

/** What a live render prints; a failure is the test's. */
export async function rendered(path: string, ...args: string[]): Promise<string> {
  const { stdout, stderr, code } = await live(path, ...args)
  expect([code, stdout === ''], stderr).toEqual([0, false])
  return stdout
}

/** Holds a failure to the contract: nothing on stdout, nothing written to --out, these words, this exit code. */
export async function fails(path: string, exitCode: 3 | 4, message: RegExp, ...args: string[]): Promise<void> {
  const out = join(path, '../spec.yaml')
  writeFileSync(out, 'kept\n')
  const { stdout, stderr, code } = await live(path, '--out', out, ...args)
  expect(stderr).toMatch(message)
  expect([stdout, code, readFileSync(out, 'utf8')]).toEqual(['', exitCode, 'kept\n'])
  expect(stderr).not.toContain('    at ')
}

/** The offline render of an export that is fetched from the API server: all there is, or as it was at a version. */
export async function renderedExport(api: ApiServer, version?: string): Promise<string> {
  const query = version === undefined ? '' : `?resourceVersion=${version}&resourceVersionMatch=Exact`
  const paths = ['/api/v1/nodes', '/api/v1/services', '/apis/discovery.k8s.io/v1/endpointslices']
  const lists = await Promise.all(paths.map(path => api.request<object>('GET', path + query)))
  const folder = mkdtempSync(join(api.folder, 'export-'))
  for (const [i, list] of lists.entries()) writeFileSync(join(folder, `${i}.json`), JSON.stringify(list))
  const { stdout, stderr, code } = await run(['render', '--from', folder])
  rmSync(folder, { recursive: true })
  expect(code, stderr).toBe(0)
  return stdout
}

/** Equal, or the first line that is not. */
export function expectSame(got: string, wanted: string): void {
  const [lines, others] = [got.split('\n'), wanted.split('\n')]
  const at = lines.findIndex((line, i) => line !== others[i])
  expect([at, lines[at]]).toEqual([at, others[at]])
  expect(got === wanted).toBe(true)
}
