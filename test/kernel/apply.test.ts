// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { programsFor } from '../../src/bpf/generation/programs.ts'
import { emptyImage } from '../../src/datapath/image.ts'
import { printYaml } from '../../src/spec/print.ts'
import { apply, inside, run } from './balancing.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { stateOf } from './traces.ts'
import { createWorld, type World } from './world.ts'

const ONE = specWith(service(1, 'p12'), service(2, 'p23', 'p31'))
/** What is attached where no frontend has source ranges. */
const NEEDED = programsFor(emptyImage())
const TWO = specWith(service(1, 'p13'), service(2, 'p23', 'p31'))

describeKernel('apply', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterEach(() => run(['cleanup', ...inside(world)]))
  afterAll(() => world?.close())

  /** Who answers at the VIP of Service n, or the errno. */
  async function ask(n: number, tries = 30): Promise<string[]> {
    const call = { family: 4, mode: 'tcp', address: vip(n), port: 80, tries, timeoutMs: 300 } as const
    const [outcome] = await world.dial('p11', [call])
    return [...Object.keys(outcome!.identities), ...Object.keys(outcome!.errors)].sort()
  }
  const generations = () => readdirSync(`${world.pins}/balancing`)
  const attached = (): { id: number; name: string }[] =>
    JSON.parse(execFileSync('bpftool', ['-j', 'cgroup', 'show', world.cgroup], { encoding: 'utf8' }).trim() || '[]')

  it('loads and attaches at first, writes nothing the second time, and then only what changed', async () => {
    // 2 frontends, 2 VIPs and 6 node addresses with a filter line each, the revision.
    expect(await apply(world, ONE)).toMatch(/first apply here\n.*2 frontends to add · 19 map writes/)
    expect(await ask(1)).toEqual(['p12:8080'])
    expect(await ask(2)).toEqual(['p23:8080', 'p31:8080'])
    expect(await apply(world, ONE)).toMatch(
      /^no changes: revision [0-9a-f]{12} is applied, its endpoints since \S+Z\n$/,
    )
    const changed = await apply(world, TWO)
    expect(changed).toContain('~ default/s00001  -10.244.1.12 +10.244.1.13\n')
    // The frontend alone: the revision is that of the exposure.
    expect(changed).toContain('Services: 1 to change · 1 map write\n')
    expect(await ask(1)).toEqual(['p13:8080'])
  })

  it('grows beyond the size of its maps by a new generation, and serves all the while', async () => {
    await apply(world, ONE)
    const many = specWith(...Array.from({ length: 1500 }, (_, i) => service(i + 1, i === 0 ? 'p14' : 'p23')))
    const asking = askUntil(() => ask(2, 1))
    expect(await apply(world, many)).toContain('new maps and programs: ')
    const seen = await asking()
    expect([...seen].filter(who => who !== 'p23:8080' && who !== 'p31:8080')).toEqual([])
    expect(await ask(1)).toEqual(['p14:8080'])
    expect(await ask(1500)).toEqual(['p23:8080'])
    expect(generations()).toEqual(['g2'])
    expect(attached().length).toBe(NEEDED.length)
  })

  it('repairs programs that were detached or unpinned', async () => {
    await apply(world, ONE)
    const [first] = attached()
    execFileSync('bpftool', [
      'cgroup',
      'detach',
      world.cgroup,
      'connect4',
      'pinned',
      `${world.pins}/balancing/g1/programs/connect4`,
    ])
    expect(await apply(world, ONE)).toContain('programs or maps are missing')
    expect(attached().length).toBe(NEEDED.length)
    expect(attached().map(p => p.id)).not.toContain(first!.id)
    expect(await ask(1)).toEqual(['p12:8080'])
  })

  it('repairs entries that somebody changed, added or removed', async () => {
    await apply(world, ONE)
    const pin = `${world.pins}/balancing/g1/maps/addresses`
    const key = ['0x0a', '0x60', '0', '1'].join(' ')
    const prefix = '0 0 0 0 0 0 0 0 0 0 0xff 0xff'
    const bpftool = (text: string) => execFileSync('bpftool', text.split(' '))
    bpftool(`map delete pinned ${pin} key ${prefix} ${key}`)
    bpftool(`map update pinned ${pin} key ${prefix} 8 8 8 8 value 1 0 0 0 0 0 0 0`)
    expect(await apply(world, ONE)).toContain('no Service changes · 2 map writes')
    expect(await apply(world, ONE)).toContain('no changes')
  })

  it('stands beside programs of others and never touches them', async () => {
    const other = `${world.pins}/other`
    execFileSync('bpftool', ['prog', 'loadall', 'build/bpf/cgroup.bpf.o', other, 'pinmaps', `${other}-maps`])
    execFileSync('bpftool', ['cgroup', 'attach', world.cgroup, 'connect4', 'pinned', `${other}/connect4`, 'multi'])
    try {
      const foreign = attached().map(p => p.id)
      await apply(world, ONE)
      expect(await ask(1)).toEqual(['p12:8080'])
      await run(['cleanup', ...inside(world)])
      expect(attached().map(p => p.id)).toEqual(foreign)
    } finally {
      execFileSync('bpftool', ['cgroup', 'detach', world.cgroup, 'connect4', 'pinned', `${other}/connect4`])
      rmSync(other, { recursive: true })
      rmSync(`${other}-maps`, { recursive: true })
    }
  })

  it('removes what a killed apply left half-built, also when nothing else is to be done', async () => {
    await apply(world, ONE)
    execFileSync('mkdir', ['-p', `${world.pins}/balancing/g2/maps`])
    execFileSync(
      'bpftool',
      `map create ${world.pins}/balancing/g2/maps/pages type hash key 16 value 136 entries 8 name pages`.split(' '),
    )
    expect(await apply(world, ONE)).toContain('1 generation of an unfinished apply to remove')
    expect(generations()).toEqual(['g1'])
    expect(await ask(1)).toEqual(['p12:8080'])
  })

  it('says what it does not serve', async () => {
    const sctp = service(3, 'p12')
    sctp.ports[0]!.protocol = 'SCTP'
    writeFileSync(`/tmp/${world.id}-sctp.yaml`, printYaml(specWith(sctp)))
    const { stderr, code } = await run(['apply', '-f', `/tmp/${world.id}-sctp.yaml`, '--node', 'n1', ...inside(world)])
    rmSync(`/tmp/${world.id}-sctp.yaml`)
    expect([code, stderr]).toEqual([
      0,
      'note: 1 SCTP frontend not served: the kernel has no hook for SCTP at connect()\n',
    ])
  })

  it('cleans up all that it made and nothing else', async () => {
    await apply(world, ONE)
    const { stdout, code } = await run(['cleanup', ...inside(world)])
    expect([stdout, code]).toEqual([
      `detached ${NEEDED.length} programs, removed ${world.pins}/balancing, removed the history in ${stateOf(world.id)}\n`,
      0,
    ])
    expect(attached()).toEqual([])
    expect(readdirSync(world.pins)).toEqual([])
    const again = await run(['cleanup', ...inside(world)])
    expect([again.stdout, again.code]).toEqual([
      `nothing to clean up: there is no ${world.pins}/balancing and no history\n`,
      0,
    ])
  })
})

/** Asks again and again until the returned function is called, which gives everything that was seen. */
function askUntil(ask: () => Promise<string[]>): () => Promise<Set<string>> {
  const seen = new Set<string>()
  let stop = false
  const loop = (async () => {
    while (!stop) for (const who of await ask()) seen.add(who)
  })()
  return async () => {
    stop = true
    await loop
    return seen
  }
}
