// SPDX-License-Identifier: Apache-2.0
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Observer } from '../observer.ts'
import type { Sample } from '../sample.ts'

/** The metrics of an agent under its own names. None has a label with the name of a Service. */
export function agentMetrics(registry: Registry, sample: () => Sample | undefined, build: string): Observer {
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter<L>({ name: `balancing_${name}`, help, labelNames, registers })
  /** `fill` sets the values anew at each scrape. */
  const sampled = <L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    fill: (gauge: Gauge<L>, sample: Sample) => void,
  ): void => {
    const collect = function (this: Gauge<L>): void {
      this.reset()
      const now = sample()
      if (now) fill(this, now)
    }
    new Gauge<L>({ name: `balancing_${name}`, help, labelNames, registers, collect })
  }

  sampled('build_info', 'The version of this agent', ['version'], gauge => gauge.set({ version: build }, 1))
  sampled(
    'exposure_info',
    'The exposure that serves',
    ['revision', 'mode'],
    (gauge, { status: { revision, mode } }) => {
      if (revision !== null) gauge.set({ revision, mode }, 1)
    },
  )
  sampled('healthy', 'Whether /livez is 200', [], (gauge, { isHealthy }) => gauge.set(Number(isHealthy)))
  sampled('ready', 'Whether /readyz is 200', [], (gauge, { isReady }) => gauge.set(Number(isReady)))
  sampled('oldest_change_seconds', 'How long the oldest change waits to be written; 0 when none does', [], (gauge, s) =>
    gauge.set(s.waiting),
  )
  sampled('services', 'Services of the spec', [], (gauge, { figures }) => gauge.set(figures?.services ?? 0))
  sampled('map_entries', 'Entries that the maps are to hold', ['map'], (gauge, { figures }) => {
    for (const [map, entries] of Object.entries(figures?.entries ?? {})) gauge.set({ map }, entries)
  })
  sampled('api_connected', 'Whether a kind of objects is watched', ['kind'], (gauge, { status: { watches } }) => {
    for (const [kind, { connected }] of Object.entries(watches)) gauge.set({ kind }, Number(connected))
  })
  sampled('checkpoint_timestamp_seconds', 'When the disk got what serves', [], (gauge, { status: { checkpoint } }) => {
    if (checkpoint !== null) gauge.set(Date.parse(checkpoint) / 1000)
  })
  sampled('edge_events', 'Rare cases at the edges since their programs were loaded', ['event'], (gauge, { edges }) => {
    for (const [event, count] of Object.entries(edges?.counts ?? {})) gauge.set({ event }, count)
  })

  sampled('flows', 'Flows of the edges that have records', ['protocol'], (gauge, { edges }) => {
    if (!edges?.flows) return
    gauge.set({ protocol: 'TCP' }, edges.flows.tcp)
    gauge.set({ protocol: 'UDP' }, edges.flows.udp)
  })
  sampled('flow_records', 'Records of those flows', [], (gauge, { edges }) => gauge.set(edges?.flows?.records ?? 0))
  sampled('flow_records_max', 'Records that there is room for', [], (gauge, { edges }) =>
    gauge.set(edges?.flows?.maxRecords ?? 0),
  )
  sampled('flow_records_evicted', 'Records that made room for others', [], (gauge, { edges }) =>
    gauge.set(edges?.flows?.evicted ?? 0),
  )
  sampled('exposure_pending', 'Services that wait for a review', [], (gauge, { exposure }) => {
    if (exposure) gauge.set(exposure.pending)
  })
  sampled('exposure_rejected', 'Whether what is reviewed cannot be taken', [], (gauge, { exposure }) => {
    if (exposure) gauge.set(Number(exposure.isRejected))
  })

  const flushes = counter('flushes_total', 'Plans of changes that were written')
  const writes = counter('flush_writes_total', 'Entries that those plans wrote')
  const applies = counter('applies_total', 'Applies of the whole spec')
  const failures = counter('failures_total', 'Failed applies, reads and looks', 'code')
  const resyncs = counter('resyncs_total', 'Comparisons of the maps with what they are to hold')
  const drift = counter('drift_entries_total', 'Entries that something else had changed, and that were repaired')
  const damages = counter('damages_total', 'Programs, pins or edges that were missing, and were repaired')
  const lost = counter('watch_restarts_total', 'Watches that ended, and requests that failed', 'kind', 'code')
  const destroyed = counter('destroyed_sockets_total', 'Stale UDP sockets that were destroyed')
  return {
    flushed(entries) {
      flushes.inc()
      writes.inc(entries)
    },
    applied: () => applies.inc(),
    failed(diagnostics) {
      for (const { code } of diagnostics) failures.inc({ code })
    },
    resynced(entries) {
      resyncs.inc()
      drift.inc(entries)
    },
    damaged: () => damages.inc(),
    lost: (kind, code) => lost.inc({ kind, code }),
    destroyed: sockets => destroyed.inc(sockets),
  }
}
