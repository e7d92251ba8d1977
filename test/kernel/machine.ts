// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { BINARY, type Ran } from './balancing.ts'

/**
 * Runs the command on a machine that is this one but for what a shell script changes first, in namespaces of its own: of
 * mounts, and those named. `wrapper` runs it, for example without capabilities.
 */
export function runOn(
  { script = ':', namespaces = [], wrapper = [] }: { script?: string; namespaces?: string[]; wrapper?: string[] },
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Ran {
  const words = ['-m', ...namespaces, 'sh', '-ec', `${script}\nexec "$@"`, 'sh', ...wrapper, BINARY, ...args]
  const { status, stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8', env: { ...process.env, ...env } })
  return { code: status ?? undefined, stdout, stderr }
}
