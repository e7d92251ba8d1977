// SPDX-License-Identifier: Apache-2.0
import { runChild, stderrLine } from './child.ts'

/** Tells systemd, where it started this process and waits for that, that it is ready. Returns what went wrong, if anything. */
export async function notifyReady(): Promise<string | undefined> {
  if (!process.env.NOTIFY_SOCKET) return undefined
  const { exitCode, stderr, failure } = await runChild('systemd-notify', ['--ready'], { timeoutMs: 10_000 })
  return exitCode === 0 ? undefined : (failure ?? stderrLine(stderr))
}
