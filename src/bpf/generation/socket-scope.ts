// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { FEATURES, kernelKnows } from '../features.ts'

/** Whose socket calls are translated: those of all processes of the cgroup, or of those in the host network namespace. */
export type SocketScope = 'all' | 'host'

/** Refuses (exit 4) a scope that the programs cannot tell on this kernel. */
export function requireScope(scope: SocketScope): void {
  if (scope === 'all' || FEATURES.find(({ name }) => name === 'sockets-host')!.isIn(kernelKnows)) return
  const message =
    "this kernel does not tell programs which network namespace is the host's: --sockets host needs Linux 5.12"
  throw failure(EXIT.nodeNotReady, 'no-host-netns', message, 'boot a newer kernel, or give --sockets all')
}

/** `sockets of the host network namespace only` */
export function formatScope(scope: SocketScope): string {
  return scope === 'host' ? 'sockets of the host network namespace only' : 'all sockets of the cgroup'
}
