// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { HeldDataplane } from '../src/agent/held-dataplane.ts'
import { LiveAgent } from '../src/agent/live-agent.ts'
import type { Log } from '../src/agent/log.ts'
import { Progress } from '../src/agent/progress.ts'
import { Status } from '../src/agent/status.ts'
import { KINDS, type Kind } from '../src/agent/store.ts'
import type { Bpf } from '../src/bpf/bpftool/bpf.ts'
import { Bpftool } from '../src/bpf/bpftool/bpftool.ts'
import { ALL_WAIVERS } from '../src/node/guards/guards.ts'
import { History } from '../src/node/history/history.ts'
import { holdNode } from '../src/node/lock-node.ts'
import { nodeBytes, SERVICES, serviceBytes, sliceBytes } from './agent-objects.ts'
import { newCgroup, ROOT, type Scratch } from './scratch.ts'

/** What carries the writes of an agent to the kernel: a bpftool that stays, or one for each. */
export type Lane = 'resident' | 'spawned'

/** An agent in this process. The API server, and the way to it, have no part in it. */
export interface Subject extends AsyncDisposable {
  /** Who writes from now on. */
  lane: Lane
  /** The bytes of a watch event. */
  put(kind: Kind, key: string, bytes: Buffer): void
  /** Resolves when a write that begins from now on is acknowledged. */
  written(): Promise<void>
  /** Hears when a write begins and when it is acknowledged. */
  onWrite: { began(): void; ended(): void }
  /** From the first byte of the lists until all is applied, in milliseconds. */
  first: number
}

/** Starts an agent, and gives it a whole cluster. */
export async function startSubject(scratch: Scratch): Promise<Subject> {
  const object = join(ROOT, 'dist/bpf/cgroup.bpf.o')
  const target = { cgroup: newCgroup(scratch, 'agent'), pinDir: join(scratch.pins, 'agent'), object }
  const node = await holdNode(target, 0)
  const spawning = new Bpftool()
  const waiting: (() => void)[] = []
  const subject = {
    lane: 'resident' as Lane,
    onWrite: { began: () => {}, ended: () => {} },
    first: 0,
  }
  const bpf: Bpf = {
    run: (...args) => node.bpf.run(...args),
    show: lines => node.bpf.show(lines),
    lookup: keys => node.bpf.lookup(keys),
    dump: maps => node.bpf.dump(maps),
    async write(lines, onProgress) {
      const woken = waiting.splice(0)
      subject.onWrite.began()
      const failed = await (subject.lane === 'resident' ? node.bpf : spawning).write(lines, onProgress)
      subject.onWrite.ended()
      for (const wake of woken) wake()
      return failed
    },
  }
  let applied: () => void = () => {}
  const log: Log = (level, message, fields) => {
    if (level === 'error') throw new Error(`${message} ${JSON.stringify(fields)}`)
    if (message === 'applied') applied()
  }
  const hooks = { devices: 'none', xdp: 'off', pods: [], sockets: 'all' } as const
  const history = new History(join(scratch.files, 'agent'))
  const settings = { history, node: 'n1', build: 'bench', ...hooks, waived: ALL_WAIVERS } as const
  const dataplane = new HeldDataplane({ ...node, bpf }, settings, () => {})
  const following = new LiveAgent({
    dataplane,
    node: 'n1',
    pace: { resync: 3_600_000, look: 10_000 },
    status: new Status('live', 'n1'),
    progress: new Progress(),
    ports: { follow: () => {} },
    log,
  })
  await following.start('nothing was applied')
  const stop = new AbortController()
  const ended = following.run(stop.signal)
  const put = (kind: Kind, key: string, bytes: Buffer) => following.put(kind, key, JSON.parse(bytes.toString()))
  const began = performance.now()
  const all = new Promise<void>(resolve => {
    applied = resolve
  })
  put('nodes', 'n1', nodeBytes())
  for (let i = 0; i < SERVICES; i++) {
    put('services', `many/s${i}`, serviceBytes(i))
    put('endpointslices', `many/s${i}-1`, sliceBytes(i, true))
  }
  for (const kind of KINDS) following.listed(kind, { objects: SERVICES, removed: 0, kept: 0 })
  await all
  subject.first = performance.now() - began
  return Object.assign(subject, {
    put,
    written: () => new Promise<void>(resolve => waiting.push(resolve)),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await ended
      await node[Symbol.asyncDispose]()
    },
  })
}
