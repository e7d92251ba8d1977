// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { compile } from '../src/compile/compile.ts'
import { atNode } from '../src/compile/viewpoint.ts'
import { type Arm, NODE_ADDRESSES } from '../test/kernel/arm.ts'
import { EdgePrograms } from '../test/kernel/edge-programs.ts'
import { nameOf, type Size, specOf } from './many-services.ts'
import type { Scratch } from './scratch.ts'

/** Loads the programs of edges upon maps for the Services of a size. The arms have one interface number. */
export function loadEdge(scratch: Scratch, size: Size, arm: Arm, name: string): EdgePrograms {
  process.stderr.write(`packets: writing the maps for ${nameOf(size)}\n`)
  const edge = new EdgePrograms(join(scratch.pins, `edge-${name}`), 2 * size.services * size.endpoints)
  const spec = specOf(size)
  const device = { device: 'node', ifindex: arm.nodeIndex, nat4: NODE_ADDRESSES[4], rawIp: false }
  edge.write(compile(spec, atNode(spec.nodes[0]!), { devices: [device], otherProxy: false }).image)
  return edge
}
