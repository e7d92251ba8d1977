// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Service } from '../../src/spec/spec.ts'
import { apply, inside, run } from './balancing.ts'
import type { Call } from './dial.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const NODE_PORT = 30080
const ENDPOINTS = { 4: '10.244.2.11', 6: 'fd00:244:2::11' }

/** A node port of both families and protocols with p21 behind it. */
function nodePorts(): Service {
  const plain = service(1, 'p21')
  const endpoint = plain.endpoints[0]!.endpoints[0]!
  const ports = (['TCP', 'UDP'] as const).map(protocol => ({
    name: protocol.toLowerCase(),
    port: 80,
    protocol,
    nodePort: NODE_PORT,
    except: [],
  }))
  return {
    ...plain,
    clusterIPs: ['10.96.0.1', 'fd00:96::1'],
    ports,
    endpoints: [
      {
        ports: ports.map(({ name }) => ({ name, number: 8080 })),
        endpoints: Object.values(ENDPOINTS).map(address => ({ ...endpoint, address })),
      },
    ],
  }
}

/** 127.0.0.1 and ::1, from sockets of each kind. */
const CALLS: Call[] = (['tcp', 'udp', 'sendto'] as const).flatMap(mode =>
  ([4, 6, 46] as const).map(family => ({
    family,
    mode,
    address: family === 6 ? '::1' : '127.0.0.1',
    port: NODE_PORT,
    tries: 4,
  })),
)

describeKernel('node ports on loopback', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world?.close())

  it('answer in the network namespace where apply ran, and show loopback as the peer', async () => {
    await apply(world, specWith(nodePorts()))
    for (const [i, { identities, errors, peers }] of (await world.dial('n1', CALLS)).entries()) {
      const { family, address } = CALLS[i]!
      expect([identities, errors], JSON.stringify(CALLS[i])).toEqual([{ 'p21:8080': 4 }, {}])
      const shown = {
        4: `${address}:${NODE_PORT}`,
        6: `[${address}]:${NODE_PORT}`,
        46: `[::ffff:${address}]:${NODE_PORT}`,
      }
      expect(peers, JSON.stringify(CALLS[i])).toEqual({ [shown[family]]: 4 })
    }
  })

  it('are nothing in a pod, whose loopback is its own', async () => {
    await apply(world, specWith(nodePorts()))
    const outcomes = await world.dial('p11', CALLS)
    for (const { identities } of outcomes) expect(identities).toEqual({})
    expect(outcomes[0]!.errors).toEqual({ ECONNREFUSED: 4 })
  })

  it('leave other ports and other addresses of loopback alone', async () => {
    await apply(world, specWith(nodePorts()))
    const others: Call[] = [
      { family: 4, mode: 'tcp', address: '127.0.0.1', port: 8080 },
      { family: 4, mode: 'tcp', address: '127.0.0.2', port: NODE_PORT },
      { family: 6, mode: 'tcp', address: '::1', port: NODE_PORT + 1 },
    ]
    const outcomes = await world.dial('n1', others)
    // Nobody listens there.
    expect(outcomes.map(o => o.errors)).toEqual(others.map(() => ({ ECONNREFUSED: 1 })))
  })

  it('with no endpoint are refused', async () => {
    await apply(world, specWith({ ...nodePorts(), endpoints: [] }), '--force')
    const outcomes = await world.dial('n1', CALLS)
    for (const { errors } of outcomes) expect(errors).toEqual({ ECONNREFUSED: 4 })
  })

  it('are nothing on a host outside the cluster', async () => {
    await run(['cleanup', ...inside(world)])
    await apply(world, specWith(nodePorts()), '--external')
    const outcomes = await world.dial('x1', CALLS)
    for (const { identities } of outcomes) expect(identities).toEqual({})
  })
})
