// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { History } from '../../src/node/history/history.ts'
import { printJson, printYaml } from '../../src/spec/print.ts'
import { apply, inside, run } from './balancing.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { stateOf } from './traces.ts'
import { createWorld, type World } from './world.ts'

const SPEC = specWith(service(1, 'p12'), service(2, 'p23', 'p31'))

describeKernel('export', () => {
  let world: World
  let folder: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-export-'))
  })
  afterEach(() => run(['cleanup', ...inside(world)]))
  afterAll(async () => {
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const exported = (...flags: string[]) => run(['export', ...inside(world), ...flags])
  const diff = async (text: string) => {
    const file = join(folder, 'exported.yaml')
    writeFileSync(file, text)
    return (await run(['diff', '-f', file, '--node', 'n1', ...inside(world)])).stdout
  }
  /** Takes the frontend of the first Service away, as somebody with bpftool might. */
  const loseFrontend = () => {
    const pin = `${world.pins}/balancing/g1/maps/frontends`
    const dump: { key: string[] }[] = JSON.parse(
      execFileSync('bpftool', ['-j', 'map', 'dump', 'pinned', pin], { encoding: 'utf8' }),
    )
    const { key } = dump.find(({ key }) => key.join(' ').includes('0x0a 0x60 0x00 0x01'))!
    execFileSync('bpftool', ['map', 'delete', 'pinned', pin, 'key', ...key])
  }

  it('is the spec that was applied, byte for byte, as long as the maps hold it', async () => {
    await apply(world, SPEC)
    expect(await exported()).toEqual({ code: 0, stderr: '', stdout: printYaml(SPEC) })
    expect(await exported('-o', 'json')).toEqual({ code: 0, stderr: '', stdout: printJson(SPEC) })
    const out = join(folder, 'out.yaml')
    expect(await exported('--out', out)).toEqual({ code: 0, stderr: '', stdout: '' })
    expect(readFileSync(out, 'utf8')).toBe(printYaml(SPEC))
  })

  it('of maps that somebody changed tells what they hold, and keeps what is as it was', async () => {
    await apply(world, SPEC)
    loseFrontend()
    const { code, stderr, stdout } = await exported()
    expect([code, stderr]).toEqual([
      0,
      'note: the maps differ from the saved spec; rebuilt from the maps: no Service\n',
    ])
    expect(stdout).toBe(printYaml(specWith(service(2, 'p23', 'p31'))))
  })

  it('without a history tells all from the maps, but the names', async () => {
    await apply(world, SPEC)
    new History(stateOf(world.id)).remove()
    const { code, stderr, stdout } = await exported('--node', 'n1')
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(
        /^note: the maps differ from the saved spec; rebuilt from the maps: unknown\/service-[0-9a-f]+, unknown\/service-[0-9a-f]+\nnote: the name of 2 service ports is unknown: .*\n$/,
      ),
    ])
    expect(await diff(stdout)).toMatch(
      /^( {2}\* unknown\/service-.* {2}another Service\n){2}Services: 2 with another exposure · 3 map writes\n$/,
    )
  })

  it('of a history that is damaged asks for nothing, and says so', async () => {
    await apply(world, SPEC)
    writeFileSync(join(stateOf(world.id), '000001.yaml'), 'no spec')
    const { code, stderr, stdout } = await exported()
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^note: the saved specs cannot be read, so names are missing: .* it was changed\n/),
    ])
    expect(stdout).toContain('10.96.0.1')
  })

  it('says that there is nothing to export', async () => {
    const { code, stderr, stdout } = await exported()
    expect([code, stdout]).toEqual([4, ''])
    expect(stderr).toMatch(/^error\[nothing-applied\] nothing is applied to /)
  })
})
