// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { printYaml } from '../../src/spec/print.ts'
import { BINARY, inside, run } from './balancing.ts'
import { makeTwin } from './builds.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { KILL_COMMAND } from './tool.ts'
import { createWorld, type World } from './world.ts'

const ETH0 = ['--device', 'eth0']
const EDGE1 = ['--device', 'edge1']
const NONE = ['--device', 'none']
const NATIVE = ['--xdp', 'native']

describeKernel('an apply that changes edges, killed', () => {
  let world: World
  let folder: string
  let twin: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-edges-'))
    twin = makeTwin(join(folder, 'twin'))
    onNode('ip', 'link', 'add', 'edge1', 'type', 'veth', 'peer', 'name', 'other1')
    onNode('ip', 'link', 'set', 'edge1', 'up')
    mkdirSync(join(folder, 'bin'))
    for (const [tool, calls] of Object.entries(CHANGES)) {
      writeFileSync(join(folder, 'bin', tool), counting(tool, calls, join(folder, 'calls')))
      chmodSync(join(folder, 'bin', tool), 0o755)
    }
    writeFileSync(join(folder, 'spec.yaml'), printYaml(specWith(service(1, 'p12'))))
  })
  afterAll(async () => {
    if (world) await cleanup()
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const onNode = (...command: string[]) =>
    execFileSync('nsenter', [`--net=/run/netns/${world.netns('n1')}`, ...command], { encoding: 'utf8' })
  const netns = () => world.netns('n1')
  const cleanup = () => run(['cleanup', ...inside(world)], { netns: netns() })

  /** Applies; with `kill`, the command is killed before its so-many-th change of a qdisc, a filter or an XDP program. Returns whether it was. */
  async function apply(flags: readonly string[], binary = BINARY, kill?: number): Promise<boolean> {
    rmSync(join(folder, 'calls'), { force: true })
    const env = kill === undefined ? {} : { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, KILL_AT: String(kill) }
    const args = ['apply', '-f', join(folder, 'spec.yaml'), '--node', 'n1', ...flags, ...inside(world)]
    const { code, stderr } = await run(args, { binary, env, netns: netns() })
    if (code !== undefined) expect([code, stderr]).toEqual([0, expect.not.stringContaining('error')])
    return code === undefined
  }

  /** How many programs there are at both devices. */
  function attached(): number {
    const [{ tc, xdp }] = JSON.parse(onNode('bpftool', '-j', 'net', 'show')) as [{ tc: unknown[]; xdp: unknown[] }]
    return tc.length + xdp.length
  }

  async function expectInSync(programs: number, binary: string): Promise<void> {
    const { stdout } = await run(['status', '-o', 'json', ...inside(world)], { binary, netns: netns() })
    const { syncState, reason } = JSON.parse(stdout)
    expect([syncState, attached()], reason).toEqual(['in-sync', programs])
  }

  it.each([
    ['the first edges', NONE, [...ETH0, ...EDGE1], 4, false],
    ['an edge more', ETH0, [...ETH0, ...EDGE1], 4, false],
    ['another edge', ETH0, EDGE1, 2, false],
    ['an upgrade', [...ETH0, ...EDGE1], [...ETH0, ...EDGE1], 4, true],
    ['the last edge', EDGE1, NONE, 0, false],
    ['the first edges, with XDP', NONE, [...ETH0, ...EDGE1, ...NATIVE], 6, false],
    ['another edge with XDP', [...ETH0, ...NATIVE], [...EDGE1, ...NATIVE], 3, false],
    ['XDP at an edge that is there', ETH0, [...ETH0, ...NATIVE], 3, false],
    ['XDP removed', [...ETH0, ...EDGE1, ...NATIVE], [...ETH0, ...EDGE1, '--xdp', 'off'], 4, false],
    ['an upgrade with XDP', [...ETH0, ...EDGE1, ...NATIVE], [...ETH0, ...EDGE1, ...NATIVE], 6, true],
    ['the last edge, with XDP', [...EDGE1, ...NATIVE], NONE, 0, false],
  ] as const)(
    '%s: the next apply finishes it, and cleanup leaves no program',
    async (_, from, to, programs, isUpgrade) => {
      const binary = isUpgrade ? twin : BINARY
      let kills = 0
      for (let isKilled = true; isKilled; kills++) {
        await cleanup()
        await apply(from)
        isKilled = await apply(to, binary, kills + 1)
        if (kills % 2 === 0) {
          await apply(to, binary)
          await expectInSync(programs, binary)
        }
        const { code, stderr } = await cleanup()
        expect([code, stderr, attached(), existsSync(`${world.pins}/balancing`)]).toEqual([0, '', 0, false])
        expect(onNode('tc', 'qdisc', 'show')).not.toContain('clsact')
      }
      expect(kills).toBeGreaterThan(2)
    },
    600_000,
  )
})

/** Which calls of a tool change what is attached, by patterns of sh. */
const CHANGES = {
  tc: '"qdisc add"*|"qdisc del"*|"filter replace"*|"filter del"*',
  bpftool: '"-j net attach"*|"-j net detach"*',
}

/** A tool that writes a line for each call that changes something, and kills who made the call of number $KILL_AT instead. */
function counting(tool: string, changes: string, calls: string): string {
  return `#!/bin/sh
tool=$(PATH=\${PATH#*:} command -v ${tool})
case "$*" in
${changes}) ;;
*) exec $tool "$@" ;;
esac
echo "$@" >> ${calls}
[ "$(wc -l < ${calls})" -ne "$KILL_AT" ] && exec $tool "$@"
${KILL_COMMAND}
sleep 1
`
}
