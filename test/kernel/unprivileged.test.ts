// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { printYaml } from '../../src/spec/print.ts'
import { apply, inside, run } from './balancing.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

/** Root's user id, and no capability at all. */
const WITHOUT_CAPABILITIES = [
  'setpriv',
  '--bounding-set=-all',
  '--inh-caps=-all',
  '--ambient-caps=-all',
  '--no-new-privs',
]

/** Since Linux 6.6 a pin that a process may open is enough; before, CAP_BPF is needed where bpf(2) is privileged. */
const [major, minor] = release().split('.').map(Number)
const pinIsEnough = major! > 6 || (major === 6 && minor! >= 6)

describeKernel('a process without capabilities', () => {
  let world: World
  let file: string
  beforeAll(async () => {
    world = await createWorld()
    file = `/tmp/${world.id}-next.yaml`
    writeFileSync(file, printYaml(specWith(service(1, 'p13'), service(2, 'p23'), service(3, 'p31', 'p32'))))
  })
  afterEach(() => run(['cleanup', ...inside(world)]))
  afterAll(async () => {
    await world?.close()
    rmSync(file, { force: true })
  })

  /** What pinned-writer.ts prints, run by `wrapper`. */
  function writePinned(how: 'resident' | 'spawning', wrapper: string[]) {
    const writer = [new URL('pinned-writer.ts', import.meta.url).pathname, how, `${world.pins}/balancing`, file]
    const [command, ...words] = [...wrapper, process.execPath, ...writer]
    const { stdout, stderr, status } = spawnSync(command!, words, { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
    return JSON.parse(stdout)
  }

  const ask = async () => {
    const call = { family: 4, mode: 'tcp', address: vip(1), port: 80, tries: 5, timeoutMs: 500 } as const
    const [outcome] = await world.dial('p11', [call])
    return outcome!.identities
  }

  it.runIf(pinIsEnough).each(['resident', 'spawning'] as const)(
    'reads and updates a generation through its pins (%s), but opens nothing by id',
    async how => {
      await apply(world, specWith(service(1, 'p12'), service(2, 'p23'), service(3, 'p31')))
      expect(await ask()).toEqual({ 'p12:8080': 5 })
      const said = writePinned(how, WITHOUT_CAPABILITIES)
      expect(said).toMatchObject({ capabilities: '0000000000000000', byId: expect.stringMatching(/not permitted/) })
      expect([said.steps > 0, said.failed, said.wrong]).toEqual([true, undefined, undefined])
      expect(await ask()).toEqual({ 'p13:8080': 5 })
      expect(writePinned(how, WITHOUT_CAPABILITIES).steps).toBe(0)
    },
  )

  it('with CAP_SYS_ADMIN, a map whose pin is lost is updated by its id', async () => {
    await apply(world, specWith(service(1, 'p12'), service(2, 'p23'), service(3, 'p31')))
    rmSync(`${world.pins}/balancing/g1/maps/frontends`)
    const said = writePinned('resident', [])
    expect([said.steps > 0, said.failed, said.wrong, said.byId]).toEqual([true, undefined, undefined, undefined])
    expect(await ask()).toEqual({ 'p13:8080': 5 })
  })
})
