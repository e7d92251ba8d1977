// SPDX-License-Identifier: Apache-2.0

import { isInNodeNetwork } from '../../host/node-namespaces.ts'
import type { Check } from '../check.ts'
import { ok, unknown, warn } from '../finding.ts'

export const networkNamespace: Check = {
  name: 'network-namespace',
  about: "this is the node's network namespace, where node ports of 127.0.0.1 and ::1 are served",
  run() {
    const isInNode = isInNodeNetwork()
    if (isInNode === undefined) return unknown('the network namespace of the node cannot be told from here')
    if (isInNode) return ok('this is the network namespace of the node')
    return warn(
      'this is not the network namespace of the node: node ports of 127.0.0.1 and ::1 are served where apply runs',
      'run balancing in the network namespace of the node (in a pod: hostNetwork: true)',
    )
  },
}
