// SPDX-License-Identifier: Apache-2.0
import type { ConfigMap } from '../../datapath/image.ts'

/** A map entry that differs from what was applied. */
export interface Drift {
  map: ConfigMap
  /** In hex. */
  key: string
  /** What happened to it. */
  kind: 'missing' | 'added' | 'changed'
  /** The service ports that it belongs to (`ns/name:port`), as far as they are known. */
  services: string[]
  /** The entry and its fault as text. */
  what: string
}
