// SPDX-License-Identifier: Apache-2.0
import type { Observer } from '../observer.ts'
import type { ClusterEvent } from './cluster-event.ts'

/** Records what of an agent's doing is worth an Event. `node` is where it runs. */
export function observedEvents(node: string, record: (event: ClusterEvent) => void): Observer {
  const about = { kind: 'Node', name: node } as const
  return {
    failed([diagnostic]) {
      if (!diagnostic) return
      const { code, message } = diagnostic
      record({ reason: 'ProgrammingFailed', action: 'Apply', note: `${message} (${code})`, about })
    },
    resynced(entries) {
      const note =
        'the maps did not hold what was written: they are repaired; balancing doctor looks for what else writes them'
      if (entries > 0) record({ reason: 'DriftRepaired', action: 'Resync', note, about })
    },
    damaged: damage =>
      record({ reason: 'DamageRepaired', action: 'Look', note: `what serves was damaged: ${damage}`, about }),
    stale: note => record({ reason: 'StaleExposure', action: 'Hold', note, about }),
    portFailed(service, port, reason) {
      const [namespace, name] = service.split('/') as [string, string]
      const note = `node ${node} failed to start healthcheck "${service}" on port ${port}: ${reason}`
      const subject = { kind: 'Service', namespace, name } as const
      record({ reason: 'FailedToStartServiceHealthcheck', action: 'Listen', note, about: subject })
    },
  }
}
