// SPDX-License-Identifier: Apache-2.0

import { seesAllProcesses } from '../../host/node-namespaces.ts'
import type { Check } from '../check.ts'
import { ok, warn } from '../finding.ts'

export const pidNamespace: Check = {
  name: 'pid-namespace',
  about: 'this process sees all processes of the node',
  run() {
    if (seesAllProcesses()) return ok('this process sees all processes of the node')
    return warn(
      'this is a PID namespace of its own: apply does not destroy stale UDP sockets in network namespaces whose processes it does not see',
      'run balancing in the PID namespace of the node (in a pod: hostPID: true)',
    )
  },
}
