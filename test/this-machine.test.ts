// SPDX-License-Identifier: Apache-2.0
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = new URL('..', import.meta.url).pathname

/**
 * apply makes edges of the devices that the facts of a machine give. No test, benchmark or demonstration may do that to the
 * machine that it runs on, so each runs with BALANCING_DEVICE=none and names the devices that it made.
 */
test('the tests run with BALANCING_DEVICE=none', () => {
  expect(process.env.BALANCING_DEVICE).toBe('none')
})

test.each([
  ['Makefile', /^export BALANCING_DEVICE := none$/m],
  ['scripts/with-bpffs.sh', /^export BALANCING_DEVICE=none$/m],
  ['vitest.config.ts', /^process\.env\.BALANCING_DEVICE = 'none'$/m],
  ['bench/run.ts', /^process\.env\.BALANCING_DEVICE = 'none'$/m],
  ['test/demo/demo.ts', /^process\.env\.BALANCING_DEVICE = 'none'$/m],
  ['test/kernels/init', /^export .*\bBALANCING_DEVICE=none\b/m],
])('what %s starts has it', (path, setting) => {
  expect(readFileSync(join(ROOT, path), 'utf8')).toMatch(setting)
})

/** Environments that do without it: they are added to one that has it, or what gets them runs in a network namespace of its own. */
const ELSEWHERE: Readonly<Record<string, RegExp>> = {
  'test/kernel/hostile.test.ts': /^env(: | = )\{ PATH: [^,]* \}$/,
  // What a boot has: no variable at all, and a new network namespace with loopback alone.
  'test/kernel/reboot.test.ts': /^env -i$/,
  // Pages show commands as they are; bin/on-node enters the network namespace of a node that the test made.
  'test/docs/docs.test.ts': /^BALANCING_DEVICE: ''$/,
  'test/kernel/edges.test.ts': /^BALANCING_DEVICE: ''$/,
  'test/kernel/edges-xdp.test.ts': /^BALANCING_DEVICE: ''$/,
}

/** An environment that is written out with a PATH: without one neither node nor bpftool is found. */
const WHOLE = /\benv(?:ironment)?(?:: [\w.]+)?\s*[:=]\s*\{(?:[^{}]|\$\{[^}]*\})*\bPATH\b(?:[^{}]|\$\{[^}]*\})*\}/g
const HAS_IT = /\.\.\.process\.env\b|\bBALANCING_DEVICE: 'none'/
const TAKES_IT_AWAY =
  /\bBALANCING_DEVICE: (?!'none')[^,} ]+|delete process\.env\.BALANCING_DEVICE|\bBALANCING_DEVICE=(?!none\b)|\benv (?:-i|-u)\b|\bunset BALANCING_DEVICE/g

test('no environment that a test, benchmark or script writes out lacks it', () => {
  const files = globSync(['{test,bench,scripts}/**/*.{ts,sh}', 'test/kernel/bin/*'], { cwd: ROOT })
  const lacking = files.flatMap(path => {
    if (path === 'test/this-machine.test.ts') return []
    const source = readFileSync(join(ROOT, path), 'utf8')
    const whole = [...source.matchAll(WHOLE)].map(([text]) => text).filter(text => !HAS_IT.test(text))
    const without = [...source.matchAll(TAKES_IT_AWAY)].map(([text]) => text)
    return [...whole, ...without].filter(text => !ELSEWHERE[path]?.test(text)).map(text => `${path}: ${text}`)
  })
  expect(lacking).toEqual([])
})
