// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { applied, keyOf } from './applied.ts'
import type { Bench } from './bench.ts'
import { run } from './child.ts'
import { printNs } from './columns.ts'
import { type Contest, compete, type Result } from './contest.ts'
import { printTable } from './figures.ts'
import type { Size } from './many-services.ts'
import { once } from './once.ts'
import { newCgroup, type Scratch, tool } from './scratch.ts'
import { type Setup, setupOf } from './setup.ts'
import type { Variant } from './variant.ts'

/** What is measured, in the order of the work: what each adds to the one before it. The first four are in steps.bpf.c. */
const STEPS = {
  filter: 'filter',
  frontend: 'lookup of the frontend',
  choice: 'choice of a backend, checks',
  rewrite: 'rewrite',
  entry: 'reverse-NAT entry',
  all: 'other programs (release)',
} as const

/** Where the time of connect4 goes: our first build, cut off after each step. */
export async function steps(bench: Bench): Promise<string> {
  const dataplanes = ['one', ...Object.keys(STEPS)]
  const results = await compete(bench, contests(), dataplanes, { setup: withSteps })
  const rows = Object.entries(STEPS).map(([step, name], i) => [
    name,
    ...results.map(result => printNs(added(result, step, dataplanes[i]!))),
  ])
  const sums = ['all of it', ...results.map(result => printNs(added(result, 'all', 'one')))]
  return `## Where the time of connect4 goes\n
ns that each step adds to the programs that run for one call: connect4 cut off after it, minus the one before, within each of ${bench.rounds}
interleaved rounds. A program that does nothing is the start. Medians of differences need not add up.\n
${printTable(['step', ...results.map(({ name }) => name)], [...rows, sums])}`
}

function contests(): Contest[] {
  return (
    [
      ['connect', 'UDP', 10],
      ['connect', 'UDP', 10_000],
      ['udp', 'UDP', 10_000],
      ['tcp', 'TCP', 10_000],
    ] as const
  ).map(([operation, protocol, services]) => ({
    operation,
    size: { services, endpoints: 5, family: 4, protocol },
    to: 'hit',
  }))
}

function added({ times }: Result, step: string, before: string): number[] {
  const less = times.get(before)!.programs
  return times.get(step)!.programs.map((ns, round) => ns - less[round]!)
}

/** The usual setup, and each step attached to a cgroup of its own. */
const withSteps = once((_, size) => keyOf(size), attachSteps)

async function attachSteps(bench: Bench, size: Size): Promise<Setup> {
  const setup: Setup = new Map(await setupOf(bench, size))
  const variant = bench.variants[0]
  const ours = setup.get(variant.name)!
  const programs = await loadSteps(bench.scratch, variant, size)
  for (const [step, pin] of programs) {
    const cgroup = newCgroup(bench.scratch, `step-${step}-${keyOf(size)}`)
    await run('bpftool', ['cgroup', 'attach', cgroup, 'connect4', 'pinned', pin])
    setup.set(step, { cgroup, programs: () => [pin], rewrites: step === 'rewrite' })
  }
  setup.set('entry', { ...ours, programs: hook => ours.programs(hook).slice(0, 1) })
  return setup.set('all', ours)
}

/** Loads the steps upon the maps of a generation. Socket storage can be left out: no step uses it. */
async function loadSteps(scratch: Scratch, variant: Variant, size: Size): Promise<[step: string, pin: string][]> {
  const { maps } = await applied(scratch, variant, size)
  const pins = join(scratch.pins, `steps-${keyOf(size)}`)
  mkdirSync(pins)
  const reuse = [...maps].flatMap(([name, pin]) => ['map', 'name', name, 'pinned', pin])
  await run('bpftool', ['prog', 'loadall', tool('steps.bpf.o'), join(pins, 'programs'), ...reuse])
  return ['filter', 'frontend', 'choice', 'rewrite'].map(step => [step, join(pins, 'programs', step)])
}
