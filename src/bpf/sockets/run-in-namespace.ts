// SPDX-License-Identifier: Apache-2.0
import { runChild, stderrLine } from '../../host/child.ts'

/**
 * Runs a command in the network namespace that an open file is. `held` is an open file that the command has as its descriptor
 * 3. Returns what went wrong, if anything.
 */
export async function runInNamespace(
  namespace: number,
  command: readonly string[],
  held?: number,
): Promise<string | undefined> {
  const { exitCode, stderr, failure } = await runChild('nsenter', ['--net=/proc/self/fd/0', ...command], {
    stdin: namespace,
    held,
  })
  if (failure !== undefined) return failure
  return exitCode === 0 ? undefined : stderrLine(stderr) || `${command[0]} ended with ${exitCode}`
}
