// SPDX-License-Identifier: Apache-2.0
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { dualService, EdgeRig } from './edge-rig.ts'
import { service } from './specs.ts'
import { describeKernel } from './suite.ts'
import { pinsOf } from './traces.ts'

const FLOOD = new URL('../../build/test/flood', import.meta.url).pathname

const LIVE = 65_536
/** New flows of each kind. */
const FLOODS = [
  ['unanswered', '203.0.113.2', 333_334],
  ['answered', '203.0.113.2', 333_333],
  ['datagrams', '203.0.113.3', 333_333],
] as const
/** A live connection has a packet after so many of them. */
const EVERY = 10_000
/** The kernel's LRU is not exact: of flows in use a few lose a record. */
const LOST = LIVE / 200

/** Half of the backends are here: these flows have two records, the others three. */
const PODS = ['p11', 'p12', 'p13', 'p14', 'p21', 'p22', 'p23', 'p24']

describeKernel('65,536 live flows, half masqueraded', () => {
  let rig: EdgeRig
  let child: ChildProcessWithoutNullStreams
  let ask: (command: string) => Promise<string | undefined>
  beforeAll(() => {
    rig = new EdgeRig(pinsOf(`bal-${process.pid}-flood`))
    const here = '10.244.1.0'
    child = spawn(FLOOD, [rig.programs.program('arrive'), rig.programs.program('depart'), here])
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    ask = async command => {
      child.stdin.write(`${command}\n`)
      return (await lines.next()).value
    }
  })
  afterAll(() => {
    child?.kill('SIGKILL')
    rig?.close()
  })

  it('outlive a flood of 1,000,000 new ones, and their Services', async () => {
    rig.serve([1, 2, 3].map(n => dualService(service(n, ...PODS), n === 3 ? 'UDP' : 'TCP')))
    expect(await ask(`open 203.0.113.1 ${LIVE}`)).toBe(String(LIVE))
    for (const [kind, address, count] of FLOODS)
      expect(await ask(`flood ${kind} ${address} ${count} ${EVERY}`)).toBe('done')
    // No frontend is left to give a lost flow its backend again: only records count.
    rig.serve([])
    for (const what of ['answers', 'calls']) expect(LIVE - Number(await ask(what))).toBeLessThanOrEqual(LOST)
  }, 120_000)
})
