// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { HeldDataplane } from '../src/agent/held-dataplane.ts'
import { LiveAgent } from '../src/agent/live-agent.ts'
import type { Log } from '../src/agent/log.ts'
import { Progress } from '../src/agent/progress.ts'
import { Status } from '../src/agent/status.ts'
import { KINDS } from '../src/agent/store.ts'
import { ALL_WAIVERS } from '../src/node/guards/guards.ts'
import { History } from '../src/node/history/history.ts'
import { holdNode } from '../src/node/lock-node.ts'
import type { Bench } from './bench.ts'
import { figureOf, printTable } from './figures.ts'
import { newCgroup, ROOT } from './scratch.ts'

const SERVICES = 10_000
const ENDPOINTS = 10
const COUNTS = { objects: SERVICES, removed: 0, kept: 0 }

/** How long a change takes from the bytes of a watch to the acknowledgement of the kernel, in a process that holds a whole cluster. */
export async function agent({ scratch, rounds }: Bench): Promise<string> {
  const target = {
    cgroup: newCgroup(scratch, 'agent'),
    pinDir: join(scratch.pins, 'agent'),
    object: join(ROOT, 'dist/bpf/cgroup.bpf.o'),
  }
  await using node = await holdNode(target, 0)
  const history = new History(join(scratch.files, 'agent'))
  const hooks = { devices: 'none', xdp: 'off', pods: [], sockets: 'all' } as const
  const settings = { history, node: 'n1', build: 'bench', ...hooks, waived: ALL_WAIVERS } as const
  let heard: (message: string) => void = () => {}
  const log: Log = (level, message, fields) => {
    if (level === 'error') throw new Error(`${message} ${JSON.stringify(fields)}`)
    heard(message)
  }
  const hear = (wanted: string) =>
    new Promise<void>(resolve => {
      heard = message => message === wanted && resolve()
    })
  const dataplane = new HeldDataplane(node, settings, () => {})
  const pace = { resync: 3_600_000, look: 10_000 }
  const status = new Status('live', 'n1')
  const ports = { follow: () => {} }
  const following = new LiveAgent({ dataplane, node: 'n1', pace, status, progress: new Progress(), ports, log })
  await following.start('nothing was applied')
  const stop = new AbortController()
  const ended = following.run(stop.signal)
  const began = performance.now()
  const applied = hear('applied')
  const put = (kind: (typeof KINDS)[number], key: string, bytes: Buffer) =>
    following.put(kind, key, JSON.parse(bytes.toString()))
  put(
    'nodes',
    'n1',
    bytesOf({ metadata: { name: 'n1' }, status: { addresses: [{ type: 'InternalIP', address: '192.168.50.1' }] } }),
  )
  for (let i = 0; i < SERVICES; i++) {
    put('services', `many/s${i}`, serviceBytes(i))
    put('endpointslices', `many/s${i}-1`, sliceBytes(i, true))
  }
  for (const kind of KINDS) following.listed(kind, COUNTS)
  await applied
  const first = performance.now() - began
  const times: number[] = []
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  for (let round = 0; round < rounds; round++) {
    const i = ((round >> 1) * 7919) % SERVICES
    const bytes = sliceBytes(i, round % 2 === 1)
    const flushed = hear('flushed')
    const started = performance.now()
    put('endpointslices', `many/s${i}-1`, bytes)
    await flushed
    times.push(performance.now() - started)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  delay.disable()
  stop.abort()
  const { rss } = process.memoryUsage()
  await ended
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1]!.toFixed(2)
  const rows = [
    ['one endpoint flips: median', `${figureOf(times).median.toFixed(2)} ms`],
    ['90th, 99th percentile', `${at(0.9)}, ${at(0.99)} ms`],
    ['longest turn of the event loop, 99.9th percentile', `${((delay.percentile(99.9) - 1e6) / 1e6).toFixed(1)} ms`],
    ['the first apply, from the first byte of the lists', `${(first / 1000).toFixed(1)} s`],
    ['memory of the process (RSS)', `${Math.round(rss / 2 ** 20)} MiB`],
  ]
  return `## Agent\n
${SERVICES.toLocaleString('en')} Services × ${ENDPOINTS} endpoints; ms from the bytes of a watch event to the answer that the kernel has it, of ${rounds} rounds. The
API server, and the way to it, have no part in this.\n
${printTable(['', 'an agent'], rows)}`
}

function bytesOf(object: object): Buffer {
  return Buffer.from(JSON.stringify(object))
}

function serviceBytes(i: number): Buffer {
  const address = `10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`
  const ports = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }]
  const metadata = { namespace: 'many', name: `s${i}`, creationTimestamp: '2026-01-01T00:00:00Z' }
  return bytesOf({ metadata, spec: { type: 'ClusterIP', clusterIP: address, clusterIPs: [address], ports } })
}

function sliceBytes(i: number, isReady: boolean): Buffer {
  const endpoints = Array.from({ length: ENDPOINTS }, (_, n) => ({
    addresses: [`10.${128 + n}.${(i >> 8) & 255}.${i & 255}`],
    conditions: { ready: isReady || n > 0, serving: isReady || n > 0, terminating: false },
    nodeName: `n${n + 1}`,
    zone: 'a',
  }))
  const labels = { 'kubernetes.io/service-name': `s${i}` }
  const ports = [{ name: 'http', port: 8080, protocol: 'TCP' }]
  return bytesOf({ metadata: { namespace: 'many', name: `s${i}-1`, labels }, addressType: 'IPv4', endpoints, ports })
}
