// SPDX-License-Identifier: Apache-2.0

import { headOf } from '../../base/form.ts'
import { formatJson } from '../../base/format-json.ts'
import type { ApplyResult } from '../../node/apply.ts'
import { countChanges, countFrontends } from '../../report/change/print.ts'

/**
 * What `apply -o json` and `rollback -o json` print. `frontends` counts what changes, `mapWrites` what is written; a dry run has
 * `tried`, everything else `sockets`. `membership` says how old the endpoints are. `rebuild` says why a new generation is built; null for an update in place.
 */
export function printApplyJson(result: ApplyResult, seconds: number): string {
  const { revision, membership, changeset } = result
  const { observed, desired, changed, plan, rebuild, edges, unfinished, orphans } = changeset
  const frontends = observed
    ? countChanges(changed)
    : { emptied: 0, removed: 0, changed: 0, added: countFrontends(desired.frontends.keys()) }
  const object = {
    ...headOf('ApplyResult'),
    outcome: result.outcome.replace(' ', '-'),
    revision,
    frontends,
    membership,
    mapWrites: plan.steps.length,
    rebuild: rebuild?.reason ?? null,
    edges: {
      devices: edges.edges.devices.flatMap(({ device, pod }) => (pod ? [] : [device])),
      pods: edges.edges.devices.flatMap(({ device, pod }) => (pod ? [device] : [])),
      gained: edges.gained,
      lost: edges.lost,
      repaired: edges.repaired,
      xdp: [...edges.xdp.devices.keys()],
      withoutXdp: Object.fromEntries(edges.xdp.without),
    },
    socketScope: changeset.sockets,
    unfinishedGenerations: unfinished,
    orphanedPrograms: orphans,
    ...(result.outcome === 'dry run' ? { tried: result.tried } : { sockets: result.sockets }),
    durationSeconds: Math.round(seconds * 1000) / 1000,
  }
  return `${formatJson(object)}\n`
}
