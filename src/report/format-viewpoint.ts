// SPDX-License-Identifier: Apache-2.0
import type { Viewpoint } from '../compile/viewpoint.ts'

/** `node-a1`, or `a host outside the cluster` */
export function formatViewpoint(viewpoint: Viewpoint): string {
  return viewpoint.kind === 'node' ? viewpoint.node.name : 'a host outside the cluster'
}
