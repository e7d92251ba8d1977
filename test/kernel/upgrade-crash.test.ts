// SPDX-License-Identifier: Apache-2.0
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { printYaml } from '../../src/spec/print.ts'
import { BINARY, inside, type Ran, run } from './balancing.ts'
import { makeBuild, ONE_PROGRAM_MORE, WIDER_FRONTENDS } from './builds.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { KILL_COMMAND } from './tool.ts'
import { createWorld, type World } from './world.ts'

describeKernel('a takeover between builds, killed', () => {
  let world: World
  let folder: string
  let newer: string
  let counting: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-killed-'))
    newer = makeBuild(join(folder, 'newer'), [...WIDER_FRONTENDS, ...ONE_PROGRAM_MORE])
    counting = join(folder, 'bpftool')
    writeFileSync(counting, countingBpftool(join(folder, 'calls')))
    chmodSync(counting, 0o755)
    const both = service(1, 'p12')
    both.ports.push({ name: 'dns', port: 80, protocol: 'UDP', except: [] })
    both.endpoints[0]!.ports.push({ name: 'dns', number: 8080 })
    writeFileSync(join(folder, 'spec.yaml'), printYaml(specWith(both)))
  })
  afterAll(async () => {
    if (world) await run(['cleanup', ...inside(world)])
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const apply = (binary: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> => {
    const args = ['apply', '-f', join(folder, 'spec.yaml'), '--node', 'n1', ...inside(world)]
    return run(args, { binary, env, netns: world.netns('n1') })
  }
  /** Every kind of call is answered by the one pod there is, and shows what was dialled. */
  async function expectService(): Promise<void> {
    const call = { family: 4, address: vip(1), port: 80, tries: 3, timeoutMs: 1000 } as const
    const outcomes = await world.dial(
      'p11',
      (['tcp', 'udp', 'sendto'] as const).map(mode => ({ ...call, mode })),
    )
    for (const { identities, errors, peers } of outcomes)
      expect([identities, errors, peers]).toEqual([{ 'p12:8080': 3 }, {}, { [`${vip(1)}:80`]: 3 }])
  }

  it('before any call that changes something: it serves, and the next apply of either build finishes', async () => {
    const calls = join(folder, 'calls')
    expect((await apply(BINARY)).code).toBe(0)
    const finished = new Set<string>()
    let [serving, coming] = [BINARY, newer]
    for (let n = 1; finished.size < 2; n++) {
      rmSync(calls, { force: true })
      const { code, stderr } = await apply(coming, { BALANCING_BPFTOOL: counting, KILL_AT: String(n) })
      const made = existsSync(calls) ? readFileSync(calls, 'utf8').split('\n').length - 1 : 0
      // With fewer calls than that it came to its end. (Calls that were under way beside the fatal one count on.)
      expect(code, stderr).toBe(made < n ? 0 : undefined)
      if (code === 0) finished.add(coming)
      await expectService()
      const next = n % 3 === 0 ? serving : coming
      const { code: ended, stderr: complaint } = await apply(next)
      expect([ended, complaint.includes('error')], complaint).toEqual([0, false])
      await expectService()
      expect((await run(['status', '--exit-code', ...inside(world)], { binary: next })).code).toBe(0)
      if (next === coming) [serving, coming] = [coming, serving]
    }
  }, 600_000)
})

/** A bpftool that writes a line for each call that changes something, and kills who made the call of number $KILL_AT. */
function countingBpftool(calls: string): string {
  return `#!/bin/sh
case "$2 $3" in
batch*) grep -qE '^map (create|update|delete)' /proc/self/fd/0 || exec bpftool "$@" ;;
version*|*show|"cgroup tree") exec bpftool "$@" ;;
esac
(flock 9; echo "$@" >> ${calls}; [ "$(wc -l < ${calls})" -ne "$KILL_AT" ]) 9> ${calls}.lock && exec bpftool "$@"
${KILL_COMMAND}
sleep 1
`
}
