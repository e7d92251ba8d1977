// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { encodeFrontend } from '../../src/datapath/check.ts'
import { decode, encode } from '../../src/datapath/codec.ts'
import type { ConfigMap } from '../../src/datapath/image.ts'
import { addressKey } from '../../src/datapath/keys.ts'
import { hexBytes } from '../../src/plan/batch.ts'
import { printYaml } from '../../src/spec/print.ts'
import { revisionOf } from '../../src/spec/revision.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { compileAt } from '../build/compile.ts'
import { apply, inside, type Ran, run, withoutState } from './balancing.ts'
import { bridgePods } from './pods-world.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { stateOf } from './traces.ts'
import { createWorld, type World } from './world.ts'

const SPEC = specWith(service(1, 'p12'), service(2, 'p23', 'p31'), { ...service(3, 'p12', 'p24'), affinitySeconds: 60 })
const NEXT = specWith(service(1, 'p12'), service(2, 'p23', 'p32'), { ...service(3, 'p12', 'p24'), affinitySeconds: 60 })
const { image } = compileAt(SPEC, 'n1')
const keyOf = (n: number) => encode('frontend_key', { address: vip(n), port: 80, protocol: 6 })

describeKernel('explain --kernel', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterEach(() => run(['cleanup', ...inside(world)]))
  afterAll(() => world?.close())

  async function explain(what: string, spec: Spec, ...flags: string[]): Promise<Ran> {
    const path = `/tmp/${world.id}-explained.yaml`
    writeFileSync(path, printYaml(spec))
    try {
      return await run(['explain', what, '-f', path, '--node', 'n1', '--kernel', ...withoutState(world), ...flags])
    } finally {
      rmSync(path)
    }
  }
  const kernelOf = async (what: string, spec = SPEC) => {
    const { stdout, stderr } = await explain(what, spec, '-o', 'json')
    expect(stderr).toBe('')
    const { kernel, frontends } = JSON.parse(stdout)
    return { ...kernel, frontends: frontends.map((f: { kernel: object }) => f.kernel) }
  }
  const write = (map: ConfigMap, words: string) =>
    execFileSync('bpftool', ['batch', 'file', '-'], {
      input: `map ${words.replace('MAP', `pinned ${world.pins}/balancing/g1/maps/${map}`)}\n`,
    })
  const update = (map: ConfigMap, key: string, value: string) =>
    write(map, `update MAP key hex ${hexBytes(key)} value hex ${hexBytes(value)}`)
  const remove = (map: ConfigMap, key: string) => write(map, `delete MAP key hex ${hexBytes(key)}`)

  it('says that nothing is applied', async () => {
    const { revision, agrees, notes } = await kernelOf('default/s00002')
    expect({ revision, agrees, notes }).toEqual({ revision: null, agrees: false, notes: ['nothing is applied here'] })
  })

  it('agrees with what was just applied, and changes nothing', async () => {
    await apply(world, SPEC)
    expect(await kernelOf('default/s00002')).toEqual({
      revision: revisionOf(SPEC),
      agrees: true,
      notes: [],
      frontends: [
        {
          action: 'forward',
          errno: null,
          backends: ['10.244.2.13:8080', '10.244.3.11:8080'],
          agrees: true,
          differences: [],
        },
      ],
    })
    const { stdout } = await explain('default/s00002', SPEC)
    expect(stdout).toContain('\nkernel agrees: it forwards to 10.244.2.13:8080, 10.244.3.11:8080\n')
    expect(await apply(world, SPEC)).toContain('no changes')
  })

  it('names what a spec has that was not applied yet, and what the kernel still has', async () => {
    await apply(world, SPEC)
    const { agrees, notes, frontends } = await kernelOf('default/s00002', NEXT)
    expect(agrees).toBe(false)
    expect(frontends[0].differences).toEqual(['it lacks 10.244.3.12:8080', 'it still has 10.244.3.11:8080'])
    // A revision is of exposure, and both specs expose the same.
    expect(notes).toEqual([])
    const wider = { ...NEXT, services: [...NEXT.services, service(4, 'p12')] }
    const other = expect.stringMatching(/^revision \w{12} was applied last, and this spec is \w{12}$/)
    expect((await kernelOf('default/s00001', wider)).notes).toEqual([other])
    // The Service that both specs have alike is as it should be.
    expect((await kernelOf('default/s00001', NEXT)).frontends[0].agrees).toBe(true)
  })

  it('finds drift: a frontend that is gone, one that was changed, a strange one, and what leads to them', async () => {
    await apply(world, SPEC)
    const differs = async (what: string) => (await kernelOf(what)).frontends[0].differences
    remove('frontends', keyOf(1))
    expect(await differs('default/s00001')).toEqual(['it does not have this frontend'])
    const stolen = decode('frontend', image.frontends.get(keyOf(1))!)
    update('frontends', keyOf(2), encodeFrontend(keyOf(2), stolen))
    expect(await differs(`${vip(2)}:80`)).toEqual([
      'it lacks 10.244.2.13:8080, 10.244.3.11:8080',
      'it still has 10.244.1.12:8080',
      'it has another Service',
    ])
    const strange = encode('frontend_key', { address: vip(2), port: 81, protocol: 6 })
    update('frontends', strange, encodeFrontend(strange, stolen))
    expect(await differs(`${vip(2)}:81`)).toEqual(['it has a frontend that the spec does not have'])
    remove('addresses', addressKey(vip(3)))
    expect(await differs('default/s00003')).toEqual([`it does not know the address ${vip(3)}`])
    remove('pages', [...image.pages.keys()][0]!)
    expect((await kernelOf('default/s00003')).notes).toEqual(['1 entry of pages missing or changed'])
    for (const line of image.address_filter.keys()) update('address_filter', line, '\0'.repeat(64))
    expect(await differs(`${vip(2)}:80`)).toContain('it has another Service')
    expect((await kernelOf('default/s00003')).frontends[0].action).toBe('pass')
    const { stdout } = await explain('default/s00001', SPEC)
    expect(stdout).toContain('\n      kernel differs: it does not have this frontend\n')
    expect(stdout).toContain('\nkernel differs: it forwards none of this\n')
  })

  it('says that programs are missing, although the maps are right', async () => {
    await apply(world, SPEC)
    const [{ id }] = JSON.parse(execFileSync('bpftool', ['-j', 'cgroup', 'show', world.cgroup], { encoding: 'utf8' }))
    const hook = attachTypeOf(id)
    execFileSync('bpftool', ['cgroup', 'detach', world.cgroup, hook, 'id', String(id)])
    const { agrees, notes } = await kernelOf('default/s00001')
    expect(agrees).toBe(false)
    expect(notes).toEqual([expect.stringMatching(/^programs or maps are missing: /)])
  })

  it('asks no kernel of another node, and none at all without --kernel', async () => {
    await apply(world, SPEC)
    const { stderr, code } = await explain('default/s00001', SPEC, '--from', 'n2')
    expect(stderr).toContain('error[other-kernel] the kernel here is that of n1, and a pod on n2 meets another one')
    expect(code).toBe(2)
  })

  it('needs no spec on a node: the one that was put in place, for whom it was, in the words of its kernel', async () => {
    const alone = (what: string, ...flags: string[]) => run(['explain', what, ...inside(world), ...flags])
    const none = await alone('default/s00002')
    expect(none.stderr).toContain(
      `error[no-saved-spec] no spec is saved under ${stateOf(world.id)}\n  hint: give a spec: -f SPEC`,
    )
    expect(none.code).toBe(4)
    await apply(world, SPEC)
    const { stdout, stderr } = await alone('default/s00002')
    expect(stderr).toBe('')
    expect(stdout).toContain(`${stateOf(world.id)}/000001.yaml:`)
    expect(stdout).toContain('\nFor a pod on n1:\n')
    expect(stdout).toContain('\nkernel agrees: it forwards to 10.244.2.13:8080, 10.244.3.11:8080\n')
    const elsewhere = await alone('default/s00002', '--node', 'n2')
    expect(elsewhere.stdout).toContain('\nFor a pod on n2:\n')
    expect(elsewhere.stdout).not.toContain('kernel')
    expect(elsewhere.stderr).toBe('note: the kernel here is that of n1, and a pod on n2 meets another one\n')
    expect((await alone('default/s00002', '--from', 'n2', '--kernel')).code).toBe(2)
    await apply(world, NEXT, '--external')
    expect((await alone('default/s00002')).stdout).toMatch(/For a host outside the cluster:\n.*\nkernel agrees: /s)
  })

  it('says of a pod whose socket is left alone whether its device has programs', async () => {
    const alone = async (...flags: string[]) => {
      const words = ['explain', 'default/s00001', '-o', 'json', ...inside(world), ...flags]
      const { stdout } = await run(words, { netns: world.netns('n1') })
      const { translatedAt, frontends, notes, kernel } = JSON.parse(stdout)
      return { translatedAt, action: frontends[0].action, notes, agrees: kernel?.agrees }
    }
    const spec = specWith(service(1, 'p11', 'p12', 'p22'))
    const pod = (name: string) => ['--from', `pod/10.244.1.1${name.at(-1)}`]
    const LEFT_ALONE = '--sockets host leaves the sockets of pods alone'
    await apply(world, spec, '--device', 'none', '--sockets', 'host')
    const none = `${LEFT_ALONE}, and no device of a pod has programs: apply with --pods`
    expect(await alone()).toEqual({ translatedAt: 'nowhere', action: 'pass', notes: [none], agrees: true })
    const asked = await alone('--sockets', 'all')
    expect(asked).toEqual({ translatedAt: 'sockets', action: 'forward', notes: [], agrees: true })
    await apply(world, spec, '--device', 'none', '--sockets', 'host', '--pods', 'p11')
    const some = `${LEFT_ALONE}: packets are translated at the devices p11, and at no other`
    expect(await alone()).toEqual({ translatedAt: 'pod-device', action: 'forward', notes: [some], agrees: true })
    const served = `${LEFT_ALONE}: packets of this pod are translated at p11`
    expect(await alone(...pod('p11'))).toMatchObject({ translatedAt: 'pod-device', notes: [served] })
    const other = `${LEFT_ALONE}, and its device p12 has no programs: apply with --pods`
    expect(await alone(...pod('p12'))).toMatchObject({ translatedAt: 'nowhere', action: 'pass', notes: [other] })
    bridgePods(world, 'n1', 'cni0', ['p11', 'p12'])
    const bridged = `${served}; the bridge has 1 port without programs`
    expect(await alone(...pod('p12'))).toMatchObject({ translatedAt: 'pod-device', notes: [bridged] })
  })

  it('finds a node by the variables of its flags', async () => {
    await apply(world, SPEC)
    const [, cgroup, , pins, , state] = inside(world) as [string, string, string, string, string, string]
    const env = { BALANCING_CGROUP: cgroup, BALANCING_PIN_DIR: pins, BALANCING_STATE_DIR: state }
    expect((await run(['explain', 'default/s00001'], { env })).stdout).toContain('\nkernel agrees: ')
    const { code } = await run(['explain', 'default/s00001', '--state-dir', '/nowhere'], { env })
    expect(code).toBe(4)
  })

  function attachTypeOf(id: number): string {
    const all: { id: number; attach_type: string }[] = JSON.parse(
      execFileSync('bpftool', ['-j', 'cgroup', 'show', world.cgroup], { encoding: 'utf8' }),
    )
    return all.find(program => program.id === id)!.attach_type
  }
})
