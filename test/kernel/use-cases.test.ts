// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type ApplyRequest, apply } from '../../src/node/apply.ts'
import { cleanup } from '../../src/node/cleanup.ts'
import type { NodeEvent } from '../../src/node/events.ts'
import type { Waiver } from '../../src/node/guards/guards.ts'
import { History } from '../../src/node/history/history.ts'
import { savedReader } from '../../src/node/history/saved.ts'
import { inspectNode } from '../../src/node/inspect-node.ts'
import { lockNode } from '../../src/node/lock-node.ts'
import { statusOf } from '../../src/node/read-status.ts'
import type { Target } from '../../src/node/target.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { PROGRAMS } from './capable.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

/** The use cases as a resident agent calls them: in one process, without a command. */
describeKernel('use cases', () => {
  let world: World
  let target: Target
  let history: History
  const folder = mkdtempSync(join(tmpdir(), 'balancing-use-cases-'))
  beforeAll(async () => {
    world = await createWorld()
    target = { pinDir: `${world.pins}/balancing`, cgroup: world.cgroup, object: PROGRAMS }
    history = new History(join(folder, 'state'))
  })
  afterAll(async () => {
    if (target) await cleanup(target, history, false)
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const run = async (spec: Spec, more: Partial<ApplyRequest> = {}) => {
    const events: NodeEvent[] = []
    await using node = await lockNode(target, 10)
    const request = {
      spec,
      node: 'n1',
      by: 'apply' as const,
      build: 'test',
      waived: new Set<Waiver>(),
      dryRun: false,
      devices: 'none',
      xdp: 'auto',
      pods: [],
      sockets: 'all',
      ...more,
    } satisfies ApplyRequest
    const { outcome } = await apply(node, history, request, event => events.push(event))
    const counts = events.flatMap(event => ('total' in event ? [event] : []))
    for (const { done, total } of counts) expect(done).toBeLessThanOrEqual(total)
    return { outcome, counts, stages: [...new Set(events.map(event => event.kind).filter(kind => kind !== 'notice'))] }
  }
  const status = async () => (await statusOf(await inspectNode(target), savedReader(history)())).syncState

  const ONE = specWith(service(1, 'p12'), service(2, 'p23'))
  const TWO = specWith(service(1, 'p12'), service(2, 'p12'))

  it('apply returns what it did, tells its stages, and prints nothing', async () => {
    const printed = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')]
    expect(await status()).toBe('nothing-applied')
    const tried = await run(ONE, { dryRun: true })
    expect([tried.outcome, tried.stages]).toEqual(['dry run', ['compiling', 'planned', 'staging']])
    expect(await status()).toBe('nothing-applied')
    const first = await run(ONE)
    expect([first.outcome, first.stages]).toEqual([
      'applied',
      ['compiling', 'planned', 'staging', 'destroying sockets'],
    ])
    expect(first.counts.at(-1)!.done).toBe(first.counts[0]!.total)
    const again = await run(ONE)
    expect([again.outcome, again.stages]).toEqual(['unchanged', ['compiling', 'planned', 'destroying sockets']])
    const next = await run(TWO)
    const stages = ['compiling', 'planned', 'writing', 'verifying', 'destroying sockets']
    expect([next.outcome, next.stages]).toEqual(['applied', stages])
    expect(next.counts.at(-1)!.done).toBe(next.counts[0]!.total)
    expect(await status()).toBe('in-sync')
    for (const spy of printed) expect(spy).not.toHaveBeenCalled()
  })

  it('a guard refuses until the caller waives it', async () => {
    expect((await run(specWith(service(3, 'p12')))).outcome).toBe('applied')
    await expect(run(ONE)).rejects.toMatchObject({ exitCode: 3 })
    expect(await status()).toBe('in-sync')
    expect((await run(ONE, { waived: new Set(['older-spec']) })).outcome).toBe('applied')
  })

  it('the lock is free again after each of them', async () => {
    await using node = await lockNode(target, 0)
    expect(node.state.current).toBeDefined()
    await expect(lockNode(target, 0)).rejects.toMatchObject({ exitCode: 4 })
  })
})
