// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { type Failure, failure } from '../../base/failure.ts'

/** What to throw when iproute2 does not tell the devices, routes or addresses of the node. */
export function unreadable(reason: string): Failure {
  const message = `the devices of this node cannot be read: ${reason}`
  return failure(
    EXIT.nodeNotReady,
    'devices-unreadable',
    message,
    'install iproute2, or give --device none: it serves sockets only',
  )
}
