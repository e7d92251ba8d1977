// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../../base/address.ts'
import type { Image } from '../../../datapath/image.ts'
import type { Spec } from '../../../spec/spec.ts'
import type { Removal } from '../../impact/removal.ts'
import type { SpecLines } from '../answer/spec-lines.ts'
import type { Client } from './client.ts'
import type { Subject } from './subject.ts'

/** What a reader asks, with all that the answer depends on. */
export interface Question {
  /** As it was asked. */
  what: string
  subject: Subject
  spec: Spec
  places: SpecLines
  client: Client
  /** Endpoints to take away, to see the impact. */
  without: readonly Removal[]
  /** The kernel that decides for this client; absent when it is not asked. */
  kernel?: Kernel
}

/** What a kernel holds. */
export interface Kernel {
  image: Image
  /** Why the datapath does not do what the maps hold. */
  troubles: readonly string[]
  /** Do the node's routes to an address leave by an edge? */
  isBehindEdge: (address: Address) => boolean
}
