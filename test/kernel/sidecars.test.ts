// SPDX-License-Identifier: Apache-2.0
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Family } from '../../src/base/address.ts'
import { formatHostPort } from '../../src/base/address.ts'
import { apply, inside, run } from './balancing.ts'
import type { Call } from './dial.ts'
import { dualService, inFamily } from './edge-rig.ts'
import { withoutOffload } from './edge-world.ts'
import { bridgePods } from './pods-world.ts'
import { type Exemption, type Sidecar, startSidecar } from './sidecar.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

/** p11 and p12 have a routed veth each; p13 and p14 are ports of the bridge cni0. */
const PODS: [string, Exemption][] = [
  ['p11', 'skuid'],
  ['p13', 'mark'],
]

const AS_PACKETS = ['--sockets', 'host', '--pods', 'p1?']

describeKernel('pods whose connections are redirected to a mesh sidecar', () => {
  let world: World
  const sidecars: Sidecar[] = []
  beforeAll(async () => {
    world = await createWorld()
    withoutOffload(world)
    bridgePods(world, 'n1', 'cni0', ['p13', 'p14'])
  })
  afterEach(async () => {
    for (const sidecar of sidecars.splice(0)) await sidecar.end()
  })
  afterAll(async () => {
    if (!world) return
    const { code, stderr } = await run(['cleanup', '--force', ...inside(world)], { netns: world.netns('n1') })
    await world.close()
    expect([code, stderr]).toEqual([0, ''])
  })

  async function sidecarIn(pod: string, exemption: Exemption): Promise<Sidecar> {
    const sidecar = await startSidecar(world, pod, exemption)
    sidecars.push(sidecar)
    return sidecar
  }

  const serve = (pods: string[], ...flags: string[]) =>
    apply(world, specWith(dualService(service(1, ...pods), 'TCP')), '--device', 'eth0', ...flags)

  describe.each(PODS)('%s, whose rules let the sidecar through by %s', (pod, exemption) => {
    describe.each([4, 6] as const)('IPv%d', family => {
      const vip = inFamily(family, '10.96.0.1')
      const call: Call = { family, mode: 'tcp', address: vip, port: 80, timeoutMs: 2000, tries: 20 }
      const toVip = { [formatHostPort(vip, 80)]: 20 }

      it('with --sockets host the sidecar sees the VIP, and its own connections reach backends here and elsewhere', async () => {
        await serve(['p12', 'p14', 'p22'], ...AS_PACKETS)
        const sidecar = await sidecarIn(pod, exemption)
        const [outcome] = await world.dial(pod, [call])
        expect(sidecar.took()).toEqual(toVip)
        expect(Object.keys(outcome!.identities).sort()).toEqual(['p12:8080', 'p14:8080', 'p22:8080'])
        expect(outcome).toMatchObject({ errors: {}, clients: { [addressOf(pod, family)]: 20 }, peers: toVip })
      })

      it('a backend with a sidecar is called at its own address, also by itself', async () => {
        await serve(['p12'], ...AS_PACKETS)
        const [leaving, arriving] = [await sidecarIn(pod, exemption), await sidecarIn('p12', exemption)]
        const [outcome] = await world.dial(pod, [call])
        expect([leaving.took(), arriving.took()]).toEqual([toVip, { [endpointOf('p12', family)]: 20 }])
        expect(outcome).toMatchObject({ errors: {}, identities: { 'p12:8080': 20 } })
        await serve([pod], ...AS_PACKETS)
        const [itself] = await world.dial(pod, [call])
        expect(leaving.took()).toEqual({ ...toVip, [endpointOf(pod, family)]: 20 })
        expect(itself).toMatchObject({ errors: {}, identities: { [`${pod}:8080`]: 20 } })
      })
    })
  })

  describe.each([4, 6] as const)('not served as packets alone, IPv%d', family => {
    const vip = inFamily(family, '10.96.0.1')
    const call: Call = { family, mode: 'tcp', address: vip, port: 80, timeoutMs: 2000, tries: 20 }

    it('without --sockets host the sidecar sees the backend', async () => {
      await serve(['p22'], '--pods', 'p1?')
      const sidecar = await sidecarIn('p11', 'skuid')
      const [outcome] = await world.dial('p11', [call])
      expect(sidecar.took()).toEqual({ [endpointOf('p22', family)]: 20 })
      expect(outcome).toMatchObject({ errors: {}, identities: { 'p22:8080': 20 } })
    })

    it('without --pods it sees the VIP, and its own connections there reach nothing', async () => {
      await serve(['p12'], '--sockets', 'host')
      const sidecar = await sidecarIn('p11', 'skuid')
      const [outcome] = await world.dial('p11', [{ ...call, tries: 1, timeoutMs: 300 }])
      expect([sidecar.took(), outcome!.identities]).toEqual([{ [formatHostPort(vip, 80)]: 1 }, {}])
    })
  })
})

function addressOf(pod: string, family: Family): string {
  return inFamily(family, `10.244.${pod[1]}.1${pod[2]}`)
}

function endpointOf(pod: string, family: Family): string {
  return formatHostPort(addressOf(pod, family), 8080)
}
