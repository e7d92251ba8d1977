// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { arch, release as hostKernel } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FEATURES, kernelKnows } from '../../src/bpf/features.ts'
import { DESTROYER, FLOW_LIST, LISTS, PROGRAM_NAMES, RUNS } from '../../src/bpf/generation/programs.ts'
import { apply, inside, run } from '../kernel/balancing.ts'
import { runChains } from '../kernel/edge-chains.ts'
import { EDGE_PROGRAM_NAMES } from '../kernel/edge-programs.ts'
import { EdgeRig } from '../kernel/edge-rig.ts'
import { service, specWith } from '../kernel/specs.ts'
import { describeKernel } from '../kernel/suite.ts'
import { pinsOf } from '../kernel/traces.ts'
import { createWorld } from '../kernel/world.ts'
import { type Counts, countsIn, printCounts } from './counts.ts'
import { KERNELS, type Kernel } from './kernels.ts'
import { boot, hasEmulator, kernelOf, packImage, type Said } from './machine.ts'
import { answersOf, CHANGING, DIALS, POD_SCENES, SCENES } from './story.ts'

/** A tenth of what the verifier allows; ARCHITECTURE.md has what they take. */
const MOST_INSTRUCTIONS = 100_000

/** What is missing here to boot a kernel. */
function missingFor({ release }: Kernel): string | undefined {
  if (arch() !== 'x64') return 'an x86 machine'
  if (!hasEmulator()) return 'qemu-system-x86_64'
  return kernelOf(release) === undefined ? `build/kernels/${release}/vmlinuz, which make kernels fetches` : undefined
}

/** A describe() that needs a kernel: without it skipped by name, and under CI a failure. */
function describeMachine(kernel: Kernel, tests: () => void): void {
  const name = `Linux ${kernel.linux}x of Debian ${kernel.release}`.replace(' x', '')
  const missing = missingFor(kernel)
  if (missing === undefined) describe(name, tests)
  else if (process.env.CI) it(`${name}: can be booted here`, () => expect(missing).toBe('nothing'))
  else describe.skip(`${name} (needs ${missing})`, tests)
}

const machines = new Map<Kernel, Promise<Said>>()
let image: string | undefined

/** Boots a kernel once; the next one boots meanwhile, as there are two cores. */
function machineOf(kernel: Kernel): Promise<Said> {
  image ??= packImage()
  const able = KERNELS.filter(k => missingFor(k) === undefined)
  const at = able.indexOf(kernel)
  for (const next of able.slice(at, at + 2))
    if (!machines.has(next)) machines.set(next, boot(kernelOf(next.release)!, image))
  return machines.get(kernel)!
}

/** What comes of them on this machine, whose programs edge-packets.test.ts proves. */
let known: string[] | undefined
function chains(): string[] {
  if (known) return known
  const rig = new EdgeRig(pinsOf(`bal-${process.pid}-chains`))
  known = runChains(rig)
  rig.close()
  return known
}

const counted = new Map<string, Counts>()
afterAll(() => console.log(`Instructions that the verifier processed:\n\n${printCounts(counted)}`))

/** The tests of what the verifier says. */
function verified(kernel: () => string, lines: () => readonly string[], hasDestroyer: boolean): void {
  it('every program of every object loads', () => {
    expect(lines().filter(line => /^program .* fails|^exit [^0]/.test(line))).toEqual([])
    counted.set(kernel(), countsIn(lines()))
  })
  const destroyers = hasDestroyer ? [DESTROYER] : []
  it.each([
    ...PROGRAM_NAMES,
    ...RUNS,
    ...EDGE_PROGRAM_NAMES,
    'begin_flows',
    ...[...LISTS, FLOW_LIST].map(name => `list_${name}`),
    ...destroyers,
  ])(`%s is verified within ${MOST_INSTRUCTIONS} instructions`, name => {
    expect(countsIn(lines()).get(name)).toBeLessThan(MOST_INSTRUCTIONS)
  })
}

for (const kernel of KERNELS) {
  describeMachine(kernel, () => {
    let said: Said
    const of = (step: string): string[] => said.get(step) ?? []
    const lacking = FEATURES.filter(feature => kernel.lacks.includes(feature.name))
    const notes = lacking.map(({ name, lost }) => `note: degraded: this kernel lacks ${name}: ${lost}`)
    beforeAll(async () => {
      said = await machineOf(kernel)
    }, 1_300_000)

    it('boots', () => {
      expect(of('kernel')[0]).toMatch(kernel.linux === '' ? /^(6\.(1[2-9]|[2-9]\d)|[7-9]|\d\d)/ : /^/)
      expect(of('kernel')[0]!.startsWith(kernel.linux)).toBe(true)
    })

    const hasDestroyer = !kernel.lacks.includes('destroyer')
    verified(
      () => of('kernel')[0]!,
      () => [...of('verify'), ...(hasDestroyer ? of('destroyer') : [])],
      hasDestroyer,
    )

    // Where it loads, it is among the programs above.
    if (!hasDestroyer)
      it('the destroyer does not load, and ss destroys', () => {
        expect(of('destroyer')).toContainEqual(expect.stringMatching(/bpf_sock_destroy/))
      })

    it('apply loads and attaches, and says on stderr what is lost here and nothing else', () => {
      expect(of('first')).toEqual([
        ...notes,
        'new maps and programs: first apply here',
        expect.stringMatching(/ to add · \d+ map writes$/),
        expect.stringMatching(/^applied revision .* read back and equal$/),
        'exit 0',
      ])
    })

    it('chains of packets at an edge end as they do here', () => {
      expect(of('chains')).toEqual([...chains(), 'exit 0'])
    })

    const told = { talk: SCENES, pod: POD_SCENES, changed: CHANGING }
    describe.each(Object.entries(told))('%s', (step, scenes) => {
      let at = 0
      it.each(scenes)('$what', scene => {
        const expected = answersOf(scene, kernel.lacks)
        const from = at
        at += expected.length
        expect(of(step).slice(from, at)).toEqual(expected)
      })
    })

    it('TCP: affinity keeps to one backend, and without it all are reached', () => {
      const outcomes = of('dial')
        .filter(line => line.startsWith('{'))
        .map(line => JSON.parse(line))
      const who = Object.keys(DIALS).map(id => Object.keys(outcomes.find(o => o.id === id).identities).length)
      expect(who).toEqual([1, 3])
    })

    it('a second apply writes nothing', () => {
      expect(of('second')).toEqual([
        ...notes,
        expect.stringMatching(/^no changes: revision .* is applied, its endpoints since \S+$/),
        'exit 0',
      ])
    })

    it.each(PROGRAM_NAMES)('status shows %s attached', name => {
      expect(of('status')).toContain(`program   ${name.padEnd(14)} attached`)
    })

    it('status says what is lost, and that all is well', () => {
      const degraded = of('status').filter(line => line.startsWith('degraded'))
      expect(degraded).toEqual(lacking.map(({ name, lost }) => `degraded  ${name}: ${lost}`))
      expect(of('status').at(-1)).toBe('exit 0')
    })

    it('a changed spec is programmed in place', () => {
      expect(of('change').filter(line => /^ *~|new maps|destroyed|^exit/.test(line))).toEqual([
        '  ~ default/s00001  -10.244.1.11 +10.244.1.12 (and their IPv6)',
        'destroyed 1 connected UDP socket whose backend is gone',
        'exit 0',
      ])
    })

    it('status names the programs of others: beside ours, above and below', () => {
      const foreign = of('status').filter(line => line.startsWith('foreign'))
      expect(foreign).toEqual([
        expect.stringMatching(/^foreign {3}connect4 \(id \d+\) at \S*connect\S* of \/sys\/fs\/cgroup\/ours$/),
        expect.stringMatching(/^foreign {3}sendmsg6 \(id \d+\) at \S*sendmsg\S* of \/sys\/fs\/cgroup$/),
        expect.stringMatching(/^foreign {3}recvmsg4 \(id \d+\) at \S*recvmsg\S* of \/sys\/fs\/cgroup\/ours\/lower$/),
      ])
    })

    it('cleanup leaves nothing attached', () => {
      const { length } = PROGRAM_NAMES
      expect(of('cleanup')).toEqual([
        `detached ${length} programs, removed /sys/fs/bpf/balancing, removed the history in /tmp/state`,
        'exit 0',
      ])
      expect(of('left')).toEqual(['', 'exit 0'])
    })

    it.each(['alone', 'override'])('a program of others that leaves no room (%s) is named, and stays', step => {
      expect(of(step).find(line => !line.startsWith('note: '))).toMatch(
        /^error\[.*the foreign program sendmsg4 \(id \d+, \S+\)/,
      )
      expect(of(step).at(-1)).toBe(kernel.saysFlags ? 'exit 4' : 'exit 5')
      expect(of('stays').filter(line => line.includes('sendmsg')).length).toBe(1)
    })
  })
}

describeKernel(`Linux ${hostKernel()} of this machine`, () => {
  const said: string[] = []
  beforeAll(async () => {
    const world = await createWorld()
    try {
      await apply(world, specWith(service(1, 'p12')))
      const able = (object: string) => !object.startsWith(DESTROYER) || kernelKnows('bpf_sock_destroy')
      for (const object of readdirSync('dist/bpf').filter(able)) {
        const maps = `${world.pins}/balancing/g1/maps`
        const { stdout, status } = spawnSync('build/test/verify', [`dist/bpf/${object}`, maps], { encoding: 'utf8' })
        said.push(...stdout.split('\n'), `exit ${status}`)
      }
      await run(['cleanup', ...inside(world)])
    } finally {
      await world.close()
    }
  })
  verified(
    () => hostKernel(),
    () => said,
    kernelKnows('bpf_sock_destroy'),
  )
})
