// SPDX-License-Identifier: Apache-2.0
import { processesNamed } from '../../host/processes.ts'
import { rulePlaces } from '../../host/rules.ts'

/**
 * Whether a kube-proxy serves this node beside us: it runs, or its rules are here. A process in another PID namespace cannot be
 * seen, its rules can.
 */
export async function hasKubeProxy(): Promise<boolean> {
  if (processesNamed('kube-proxy').length > 0) return true
  const { places } = await rulePlaces()
  return places.some(({ table, chain }) => table === 'kube-proxy' || chain === 'KUBE-SERVICES')
}
