// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { formatAttachment, type NetlinkHook } from '../../src/bpf/hooks/attachment.ts'
import { maps } from '../../src/datapath/layout.gen.ts'
import { printYaml } from '../../src/spec/print.ts'
import { apply, inside, run } from './balancing.ts'
import { makeTwin } from './builds.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const SPEC = specWith(service(1, 'p12'), service(2, 'p23'))
const PREF = 49_152

/** What a newer build attaches to devices, and lists in the manifest of its generation. */
describeKernel('programs of a generation that are attached by netlink', () => {
  let world: World
  let folder: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-netlink-'))
    onNode('ip', 'link', 'add', 'edge.0', 'type', 'veth', 'peer', 'name', 'edge1')
    onNode('ip', 'link', 'set', 'edge.0', 'up')
  })
  beforeEach(async () => {
    await apply(world, SPEC)
    for (const [name, section, pass] of [
      ['edge_in', 'classifier', -1],
      ['express', 'xdp', 2],
    ] as const)
      load(name, section, pass)
    onNode('tc', 'qdisc', 'add', 'dev', 'edge.0', 'clsact')
    const filter = ['dev', 'edge.0', 'ingress', 'pref', String(PREF), 'handle', '1']
    onNode('tc', 'filter', 'add', ...filter, 'bpf', 'da', 'object-pinned', `${g1()}/programs/edge_in`)
    onNode('bpftool', 'net', 'attach', 'xdpdrv', 'pinned', `${g1()}/programs/express`, 'dev', 'edge.0')
    const netns = statSync(`/run/netns/${world.netns('n1')}`).ino
    const points: [NetlinkHook, string][] = [
      [{ kind: 'tc', netns, device: 'edge.0', direction: 'ingress', pref: PREF, handle: 1 }, 'edge_in'],
      [{ kind: 'xdp', netns, device: 'edge.0', mode: 'native' }, 'express'],
    ]
    const lines = points.map(([point, program]) => formatAttachment({ point, program }))
    rewriteManifest(`programs/edge_in programs/express ${lines.join(' ')}`)
    expect(attached()).toEqual(['edge_in', 'express'])
  })
  afterEach(async () => {
    await run(['cleanup', ...inside(world)], { netns: world.netns('n1') })
    onNode('tc', 'qdisc', 'del', 'dev', 'edge.0', 'clsact')
  })
  afterAll(async () => {
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const g1 = () => `${world.pins}/balancing/g1`
  const onNode = (...command: string[]) =>
    execFileSync('nsenter', [`--net=/run/netns/${world.netns('n1')}`, ...command], { encoding: 'utf8' })

  function rewriteManifest(more: string): void {
    const text = readlinkSync(`${g1()}/contents`)
    rmSync(`${g1()}/contents`)
    symlinkSync(`${text} ${more}`, `${g1()}/contents`)
  }

  /** Loads a program that uses a map of the generation, beside its own programs. */
  function load(name: string, section: string, verdict: number): void {
    const object = join(folder, `${name}.o`)
    const source = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __uint(key_size, 4); __uint(value_size, ${maps.revision.valueSize}); } revision SEC(".maps");
SEC("${section}") int ${name}(void *ctx) { __u32 key = 0; return bpf_map_lookup_elem(&revision, &key) ? ${verdict} : ${verdict}; }`
    const include = `-I/usr/include/${execFileSync('uname', ['-m'], { encoding: 'utf8' }).trim()}-linux-gnu`
    execFileSync('clang', ['-O2', '-g', '-target', 'bpf', include, '-x', 'c', '-', '-c', '-o', object], {
      input: source,
    })
    const reuse = ['map', 'name', 'revision', 'pinned', `${g1()}/maps/revision`]
    execFileSync('bpftool', ['prog', 'load', object, `${g1()}/programs/${name}`, 'type', section, ...reuse])
  }

  function specFile(): string {
    const path = join(folder, 'spec.yaml')
    writeFileSync(path, printYaml(SPEC))
    return path
  }

  /** Names of the programs that are attached to the device. */
  function attached(): string[] {
    const [{ xdp, tc }] = JSON.parse(onNode('bpftool', '-j', 'net', 'show', 'dev', 'edge.0'))
    const ids = [...tc, ...xdp].map(({ id }: { id: number }) => id)
    return ids.map(
      id => JSON.parse(execFileSync('bpftool', ['-j', 'prog', 'show', 'id', String(id)], { encoding: 'utf8' })).name,
    )
  }

  it('are detached by cleanup, also when their pins are lost', async () => {
    rmSync(`${g1()}/programs/edge_in`)
    const { code, stdout, stderr } = await run(['cleanup', ...inside(world)], { netns: world.netns('n1') })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^detached 11 programs/)
    expect(attached()).toEqual([])
  })

  it('are detached when another build takes over from theirs', async () => {
    const options = { binary: makeTwin(mkdtempSync(join(folder, 'twin-'))), netns: world.netns('n1') }
    const { code, stdout } = await run(['apply', '-f', specFile(), '--node', 'n1', ...inside(world)], options)
    expect([code, stdout]).toEqual([0, expect.stringContaining('programs of another build')])
    expect(attached()).toEqual([])
  })

  it('are left alone where another program has taken their place, and where the device is gone', async () => {
    onNode('bpftool', 'net', 'detach', 'xdpdrv', 'dev', 'edge.0')
    const object = join(folder, 'theirs.o')
    const source = '__attribute__((section("xdp"), used)) int theirs(void *ctx) { return 2; }'
    execFileSync('clang', ['-O2', '-g', '-target', 'bpf', '-x', 'c', '-', '-c', '-o', object], { input: source })
    execFileSync('bpftool', ['prog', 'load', object, `${world.pins}/theirs`, 'type', 'xdp'])
    onNode('bpftool', 'net', 'attach', 'xdpdrv', 'pinned', `${world.pins}/theirs`, 'dev', 'edge.0')
    const netns = statSync(`/run/netns/${world.netns('n1')}`).ino
    rewriteManifest(
      formatAttachment({ point: { kind: 'xdp', netns, device: 'gone0', mode: 'native' }, program: 'express' }),
    )
    const { code } = await run(['cleanup', ...inside(world)], { netns: world.netns('n1') })
    expect([code, attached()]).toEqual([0, ['theirs']])
    onNode('bpftool', 'net', 'detach', 'xdpdrv', 'dev', 'edge.0')
    rmSync(`${world.pins}/theirs`)
  })

  it('are not to be judged from another network namespace: apply, cleanup and status refuse (4), and nothing changes', async () => {
    for (const command of [['cleanup'], ['apply', '-f', specFile(), '--node', 'n1'], ['status']]) {
      const { code, stderr } = await run([...command, ...inside(world)], { netns: world.netns('n2') })
      expect([code, stderr]).toEqual([4, expect.stringContaining('error[other-netns]')])
    }
    expect(attached()).toEqual(['edge_in', 'express'])
  })
})
