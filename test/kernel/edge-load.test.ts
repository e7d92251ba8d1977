// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeBuild, makeTwin, WIDER_FRONTENDS } from './builds.ts'
import { EdgeReigns } from './edge-reigns.ts'
import { EDGE_ROWS } from './edge-rows.ts'
import { EDGE_NODES, EDGE_WORLD, type EdgeNodeName, edgeWalk, hostOf, SERVICE_RANGES } from './edge-walk.ts'
import { type EdgeApplied, EdgeWriter } from './edge-writer.ts'
import { type Judgement, judge } from './judge.ts'
import { type Load, type OutsideRecord, startOutsideLoad } from './load.ts'
import { lossesIn, streamsIn } from './outside-losses.ts'
import { loadPassAll } from './pass-all.ts'
import { SEED, SOAK } from './scale.ts'
import { describeKernel } from './suite.ts'
import { withRanges } from './walk-world.ts'
import { createWorld, type World } from './world.ts'

/** On each host. */
const CALLERS = 16
/** Of each node. */
const TRANSITIONS = SOAK ? 10_000 : 1500
/** One transition in so many pauses somewhere in the middle. */
const PAUSING = 4
/** So often, on each node, programs are replaced by those of two other builds, and an apply is killed. */
const UPHEAVALS = SOAK ? 16 : 2

/** The other one has tc alone. */
const WITH_XDP = 'n2'

describeKernel(`edges under load, by seed ${SEED}`, () => {
  let world: World
  let folder: string
  /** Other builds: of the same layout, and of another. */
  let twin: string
  let wider: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'balancing-edges-'))
    twin = makeTwin(join(folder, 'twin'))
    wider = makeBuild(join(folder, 'wider'), WIDER_FRONTENDS)
    world = await createWorld(EDGE_WORLD)
    for (const node of EDGE_NODES) route(node)
    // A veth takes what XDP transmits at its other end only with a program of its own.
    loadPassAll('passes', `${world.pins}/passes`)
    const attach = ['bpftool', 'net', 'attach', 'xdpdrv', 'pinned', `${world.pins}/passes`, 'dev', WITH_XDP]
    execFileSync('nsenter', [`--net=/run/netns/${world.netns('lan')}`, ...attach])
  })
  afterAll(async () => {
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** How many packets XDP transmitted on the node that has it. */
  function takenByXdp(): number {
    const args = [`--net=/run/netns/${world.netns(WITH_XDP)}`, 'ethtool', '-S', 'eth0']
    const counters = execFileSync('nsenter', args, { encoding: 'utf8' }).matchAll(/_xdp_tx: (\d+)/g)
    return [...counters].reduce((sum, [, count]) => sum + Number(count), 0)
  }

  /** The way of a host outside to Services leads over its node. */
  function route(node: EdgeNodeName): void {
    const { v4, v6 } = EDGE_WORLD.nodes.find(({ name }) => name === node)!
    const [at, host] = [world.netns(node), world.netns(hostOf(node).name)]
    for (const netns of [at, host])
      execFileSync('ip', ['netns', 'exec', netns, 'ethtool', '-K', 'eth0', 'tx', 'off'], { stdio: 'ignore' })
    for (const range of SERVICE_RANGES)
      execFileSync('ip', ['-n', host, 'route', 'add', range, 'via', range.includes(':') ? v6 : v4])
  }

  it(`${TRANSITIONS} transitions of two nodes lose nothing, through upgrades and killed applies`, async () => {
    const nodes = EDGE_NODES.map(name => ({
      name,
      rows: EDGE_ROWS.filter(({ host }) => host === name),
      writer: new EdgeWriter(world, name, folder, name === WITH_XDP ? 'native' : 'off'),
      reigns: new EdgeReigns(),
    }))
    const onEach = async (what: string, action: (writer: EdgeWriter) => Promise<EdgeApplied>) => {
      for (const { writer, reigns } of nodes) reigns.add(what, await action(writer))
    }
    const [first, ...steps] = edgeWalk(SEED, TRANSITIONS)
    await onEach('first', writer => writer.command(withRanges(first!.spec), 'first'))
    const loads = nodes.map(({ name, rows }) => startOutsideLoad(world, hostOf(name).name, CALLERS, rows))
    let kills = 0
    for (const [i, { change, spec: plain }] of steps.entries()) {
      const spec = withRanges(plain)
      await onEach(change, writer => writer.apply(spec, i % PAUSING === 0 ? Math.random() : 0))
      if (i % Math.floor(TRANSITIONS / UPHEAVALS) !== 10) continue
      const started = performance.now()
      await onEach('an upgrade', writer => writer.command(spec, 'upgrade', twin))
      const took = (performance.now() - started) / nodes.length
      for (const { writer, reigns } of nodes) {
        const { begun, isKilled } = await writer.killed(plain, { ms: Math.random() * took })
        reigns.addUnfinished('killed', writer.imageOf(plain), begun)
        if (isKilled) kills++
      }
      await onEach('after the kill', writer => writer.command(plain, 'finish'))
      await onEach('another layout', writer => writer.command(spec, 'layout', wider))
      await onEach('back', writer => writer.command(spec, 'layout'))
    }
    await onEach('last', writer => writer.command(withRanges(steps.at(-1)!.spec), 'last'))
    const records = await recordsOf(loads)
    for (const { name, writer, reigns } of nodes) {
      const judgement = judge(
        records.filter(({ row }) => EDGE_ROWS[row]!.via === name),
        reigns.all,
      )
      expect(wrongCalls(judgement)).toEqual([])
      expect([await writer.deviations(), (await writer.status()).syncState]).toEqual([[], 'in-sync'])
      // The transitions were met by clients.
      expect(judgement.calls).toBeGreaterThan(10 * TRANSITIONS)
      expect(judgement.during.filter(calls => calls > 0).length).toBeGreaterThan(TRANSITIONS / 2)
      await writer.close()
    }
    expect(takenByXdp()).toBeGreaterThan(TRANSITIONS)
    const steady = records.filter(({ row }) => EDGE_ROWS[row]!.isSteady)
    expect(lossesIn(steady, EDGE_ROWS)).toEqual([])
    const streams = EDGE_ROWS.filter(({ mode }) => mode === 'stream').length
    expect(streamsIn(records, EDGE_ROWS)).toEqual({ whole: streams, all: streams })
    expect(kills).toBeGreaterThan(0)
  }, 3_600_000)
})

/** Of all clients, with rows of EDGE_ROWS. */
async function recordsOf(loads: readonly Load<OutsideRecord>[]): Promise<OutsideRecord[]> {
  const records: OutsideRecord[] = []
  for (const [i, load] of loads.entries()) {
    const offset = EDGE_ROWS.findIndex(({ host }) => host === EDGE_NODES[i])
    for (const record of await load.stop()) records.push({ ...record, row: record.row + offset })
  }
  return records
}

/** In words; the first twenty. */
function wrongCalls({ wrong }: Judgement): string[] {
  return wrong.slice(0, 20).map(({ record: { row, from, to, result }, met }) => {
    const what = result < 0 ? `errno ${-result}` : `backend ${result}`
    return `${textOf(row)}: ${what} after ${(to - from) / 1e6} ms during ${met.join(', ')}`
  })
}

function textOf(row: number): string {
  const { mode, host, via, address, port } = EDGE_ROWS[row]!
  return `${mode} of ${hostOf(host).name} by ${via} to ${address} port ${port}`
}
