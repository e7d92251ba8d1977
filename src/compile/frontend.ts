// SPDX-License-Identifier: Apache-2.0
import type { Address, Family } from '../base/address.ts'
import type { Protocol } from '../base/protocol.ts'
import type { Backend } from '../datapath/backend.ts'

export type FrontendKind = 'clusterIP' | 'nodePort' | 'externalIP' | 'loadBalancer'

/** What happens to a new connection: it goes to one of the backends, is refused (none anywhere), or dropped (none here). */
export interface Verdict {
  action: 'forward' | 'reject' | 'drop'
  /** In canonical order, not empty exactly when the action is forward. */
  backends: Backend[]
}

/** One frontend as one node serves it. */
export interface Frontend {
  kind: FrontendKind
  /**
   * Absent for a node port, which answers on every node address of the family. (For a host outside the cluster and
   * external policy Local, each node's address answers by itself.)
   */
  address?: Address
  family: Family
  port: number
  protocol: Protocol
  /** namespace/name */
  service: string
  portName: string
  /** 0 without affinity. */
  affinitySeconds: number
  /** Canonical CIDRs of the frontend's family; empty means open to all. */
  sourceRanges: string[]
  /** External policy Local: for a node port on another node's address, that node decides. */
  externalLocal: boolean
  /** What pods and processes of this node get. */
  internal: Verdict
  /** What clients elsewhere get when they reach this node. */
  external: Verdict
}
