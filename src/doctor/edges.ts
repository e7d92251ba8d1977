// SPDX-License-Identifier: Apache-2.0
import type { EdgeStatus } from '../node/edges/edge-status.ts'
import type { Check, Machine } from './check.ts'
import { type Found, ok } from './finding.ts'
import { NEEDS } from './other-proxy.ts'

/** A check of what packets meet between the edges and the pods. Without edges there is nothing to check. */
export function edgeCheck(
  name: string,
  about: string,
  judge: (edges: readonly EdgeStatus[], machine: Machine) => Found | Promise<Found>,
): Check {
  return {
    name,
    about,
    needs: NEEDS,
    async run(machine) {
      const { edges: all } = (await machine.node()).status
      const edges = all.filter(({ pod }) => !pod)
      return edges.length === 0 ? ok('this node has no edges') : judge(edges, machine)
    },
  }
}
