// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Arm, attachTc, attachXdp, detachTc, makeArm, NODE_ADDRESSES } from './arm.ts'
import { dualService, EdgeRig } from './edge-rig.ts'
import { service } from './specs.ts'
import { describeKernel } from './suite.ts'
import { pinsOf, removeTraces } from './traces.ts'
import { type Party, startParty } from './xdp-party.ts'

const ID = `bal-${process.pid}-1`

describeKernel('native XDP on a veth pair', () => {
  let rig: EdgeRig
  let arm: Arm
  let party: Party
  beforeAll(async () => {
    rig = new EdgeRig(pinsOf(ID))
    arm = makeArm(ID, 'native')
    const nat = { nat4: NODE_ADDRESSES[4], nat6: NODE_ADDRESSES[6] }
    const edges = {
      devices: [{ device: 'node', ifindex: arm.nodeIndex, rawIp: false, ...nat }],
      otherProxy: false,
    }
    rig.serve([dualService(service(1, 'p22'), 'TCP'), dualService(service(2, 'p22'), 'UDP')], edges)
    party = await startParty(arm)
  })
  afterAll(() => {
    party?.child.kill('SIGKILL')
    rig?.close()
    removeTraces(ID)
  })

  it('carries TCP and UDP of both families alone, once tc has begun the flows', async () => {
    const [arrive, depart] = [rig.programs.program('arrive'), rig.programs.program('depart')]
    attachTc(arm, arrive, depart)
    // A veth device takes what its peer transmits by XDP only when it has a program itself.
    for (const [namespace, device] of [
      [arm.outside, 'outside'],
      [arm.node, 'node'],
    ] as const)
      attachXdp(namespace, device, rig.programs.program('express'))
    expect(await party.ask('open first')).toBe('TCP4 TCP6 UDP4 UDP6')
    for (let i = 0; i < 3; i++) expect(await party.ask('talk first')).toBe('TCP4 TCP6 UDP4 UDP6')
    detachTc(arm)
    for (let i = 0; i < 3; i++) expect(await party.ask('talk first')).toBe('TCP4 TCP6 UDP4 UDP6')
    expect(await party.ask('open second')).toBe('')
    attachTc(arm, arrive, depart)
    for (let i = 0; i < 3; i++) expect(await party.ask('talk first')).toBe('TCP4 TCP6 UDP4 UDP6')
    expect(await party.ask('open third')).toBe('TCP4 TCP6 UDP4 UDP6')
  })
})
