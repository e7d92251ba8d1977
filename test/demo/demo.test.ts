// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { describeKernel } from '../kernel/suite.ts'
import { tracesOf } from '../kernel/traces.ts'
import { tally } from './expect.ts'

const DEMO = new URL('demo.ts', import.meta.url).pathname

function startDemo(): ChildProcess {
  return spawn(process.execPath, [DEMO], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** A world is called after the process that made it. */
function leftOf({ pid }: ChildProcess): string[] {
  const id = `bal-${pid}-0`
  return [...tracesOf(id), ...[`${tmpdir()}/${id}`].filter(path => existsSync(path))]
}

describeKernel('the demo', () => {
  it('shows the main job, and leaves nothing behind', async () => {
    const demo = startDemo()
    const ended = new Promise(resolve => demo.once('close', resolve))
    const [out, complaints, code] = await Promise.all([text(demo.stdout!), text(demo.stderr!), ended])
    expect({ complaints, code }).toEqual({ complaints: '', code: 0 })
    expect(out).toMatch(/\$ balancing render --from examples\/shop.yaml --out /)
    expect(out).toMatch(
      /\d+ times: \d+ frontend-0@node-a1, \d+ frontend-1@node-a1, \d+ frontend-2@node-b1, \d+ frontend-3/,
    )
    expect(out).toMatch(/controller-1@node-c1\n(.*\n)* {2}12 times: 12 ingress-nginx-controller-0@node-a1\n/)
    expect(out).toMatch(/Connection refused\n/)
    expect(out).toMatch(/edge eth0 .* gained/)
    expect(out).toMatch(/\n {2}[1-9]\d* packets taken by XDP\n/)
    expect(out).toMatch(/controller-0@node-a1 saw 192\.168\.50\.100\n/)
    expect(out).toMatch(/outside\$ curl -sv .*\n.*Connection refused\n/)
    expect(out).toMatch(/No route to host\n/)
    expect(out).toMatch(/~ shop\/catalog +-10\.244\.1\.17 \+10\.244\.2\.16/)
    expect(out).toMatch(/no changes: revision/)
    expect(out).toMatch(/\nNothing is left: .*\n$/)
    expect(out).not.toContain('\u001b')
    expect(out.split('\n').length).toBeLessThan(92)
    expect(leftOf(demo)).toEqual([])
  })

  it('leaves nothing behind when it is interrupted', async () => {
    const demo = startDemo()
    const ended = new Promise(resolve => demo.once('exit', (_, signal) => resolve(signal)))
    await new Promise<void>(resolve => {
      demo.stdout!.on('data', data => String(data).includes('curl') && resolve())
    })
    expect(leftOf(demo).length).toBeGreaterThan(5)
    demo.kill('SIGINT')
    expect(await ended).toBe('SIGINT')
    expect(leftOf(demo)).toEqual([])
  })
})

it.each([
  ['by somebody else', 'a\nb\nc\n', /was answered by c; allowed: a,b/],
  ['by nobody', '\n', /was answered by/],
  ['by too few', 'a\na\n', /was never answered by b/],
])('the demo fails when curl is answered %s', (_, output, message) => {
  const ran = { command: 'curl', code: 0, output, seconds: 0 }
  expect(() => tally(ran, new Set(['a', 'b']))).toThrow(message)
})
