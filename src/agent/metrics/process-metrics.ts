// SPDX-License-Identifier: Apache-2.0
import { Gauge, type Registry } from 'prom-client'

/**
 * What Prometheus' dashboards ask of every process. The library's own collectors would wake an idle process a hundred times a second, and
 * list its files at each scrape.
 */
export function processMetrics(registry: Registry): void {
  const sampled = (name: string, help: string, value: () => number): void => {
    const collect = function (this: Gauge): void {
      this.set(value())
    }
    new Gauge({ name, help, registers: [registry], collect })
  }
  const cpu = () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  }
  sampled('process_cpu_seconds_total', 'Processor time of this process', cpu)
  sampled('process_resident_memory_bytes', 'Resident memory of this process', () => process.memoryUsage.rss())
  sampled('nodejs_heap_used_bytes', 'Heap in use', () => process.memoryUsage().heapUsed)
  sampled(
    'nodejs_eventloop_active_seconds',
    'How long the event loop has worked',
    () => performance.eventLoopUtilization().active / 1000,
  )
  const start = Date.now() / 1000 - process.uptime()
  sampled('process_start_time_seconds', 'When this process began', () => start)
}
