// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { APISERVER, ETCD } from './api-server.ts'

/**
 * A describe() that needs a real API server (make test builds one where it finds Go). Without it, it is skipped under a name
 * that says so; under CI that is a failure.
 */
export function describeLive(name: string, tests: () => void): void {
  const missing = [APISERVER, ETCD].filter(path => !existsSync(path))
  if (missing.length === 0) describe(name, tests)
  else if (process.env.CI) it(`${name}: can run here`, () => expect(missing).toEqual([]))
  else describe.skip(`${name} (needs kube-apiserver and kube-proxy built by Go 1.26, and etcd)`, tests)
}
