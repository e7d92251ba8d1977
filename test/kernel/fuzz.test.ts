// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { mutation } from '../arbitrary/text.ts'
import { inside, run } from './balancing.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

/** test/cli/fuzz.test.ts throws ten thousand inputs at the stages; here some go through the whole command, on a node. */
describeKernel('apply --dry-run of mutated specs', () => {
  let world: World
  let spec: string
  beforeAll(async () => {
    world = await createWorld()
    spec = (await run(['render', '--from', 'examples/shop.yaml'])).stdout
    const { code } = await run(['apply', '-f', '-', '--node', 'node-a1', ...inside(world)], { input: spec })
    expect(code).toBe(0)
  })
  afterAll(async () => {
    if (world) await run(['cleanup', ...inside(world)])
    await world?.close()
  })

  it('ends with 0 or 3 and changes nothing', async () => {
    const dryRun = ['apply', '--dry-run', '-f', '-', '--node', 'node-a1', ...inside(world)]
    for (const input of fc.sample(mutation([spec, readFileSync('examples/shop.yaml', 'utf8')]), 60)) {
      const { code, stdout, stderr } = await run(dryRun, { input })
      expect([0, 3], stderr).toContain(code)
      if (code === 3) expect(stdout).toBe('')
    }
    const same = await run(['diff', '-f', '-', '--node', 'node-a1', ...inside(world)], { input: spec })
    expect([same.code, same.stdout]).toEqual([0, 'no changes\n'])
  })
})
