// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from 'node:child_process'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Service } from '../../src/spec/spec.ts'
import { apply } from '../kernel/balancing.ts'
import { pod, service, specWith } from '../kernel/specs.ts'
import { describeKernel } from '../kernel/suite.ts'
import { createWorld, type World } from '../kernel/world.ts'
import { RESOLVERS, type Resolver, type ResolverName, startDnsServer, startResolver } from './resolvers.ts'

const NAMES = Object.keys(RESOLVERS) as ResolverName[]

/** Cluster IPs of a DNS Service, and of one that has no endpoints. */
const DNS = ['10.96.0.10', 'fd00:96::10']
const EMPTY = ['10.96.0.11', 'fd00:96::11']
const nameservers = (...ips: string[]) => ips.map(ip => `nameserver ${ip}`)

const viaUdp = (id: number) => [`192.0.2.${id}`, `2001:db8::${id}`]
const viaTcp = (id: number) => [`198.51.100.${id}`, `2001:db8:1::${id}`]

/** What is found, what resolv.conf says, what is asked for. */
const CASES: [what: string, resolvConf: string[], name: string, found: string[]][] = [
  ['a name', nameservers(DNS[0]!), 'www.svc.test', viaUdp(21)],
  ['a name by IPv6', nameservers(DNS[1]!), 'www.svc.test', viaUdp(21)],
  ['what does not fit into a datagram', nameservers(DNS[0]!), 'big.svc.test', viaTcp(21)],
  ['what does not fit into a datagram by IPv6', nameservers(DNS[1]!), 'big.svc.test', viaTcp(21)],
  ['no such name', nameservers(DNS[0]!), 'nothing.svc.test', ['no such name']],
  ['another nameserver', nameservers(EMPTY[0]!, DNS[0]!), 'www.svc.test', viaUdp(21)],
  ['another nameserver by IPv6', nameservers(EMPTY[1]!, DNS[1]!), 'www.svc.test', viaUdp(21)],
  ['the first nameserver', nameservers(DNS[0]!, EMPTY[1]!), 'www.svc.test', viaUdp(21)],
  ['no nameserver', nameservers(...EMPTY), 'www.svc.test', ['no answer']],
  ['a name of the search list', [...nameservers(DNS[0]!), 'search nowhere.test svc.test'], 'www', viaUdp(21)],
  // Before they answer, resolvers dial both by UDP, at ports that the Service does not have; in which order is their own.
  ['addresses of a Service', nameservers(DNS[0]!), 'vip.svc.test', [...DNS]],
]

/** c-ares has no search list here, and musl waits for its time-out whatever sendto() says. */
const LACKS: Partial<Record<ResolverName, string>> = { 'c-ares': 'a name of the search list', musl: 'no nameserver' }

describeKernel('resolvers and a DNS Service', () => {
  let world: World
  let servers: ChildProcess[]
  let resolver: Resolver | undefined

  beforeAll(async () => {
    world = await createWorld()
    servers = await Promise.all([
      startDnsServer(world, 'n2', 21, '10.244.2.11', 'fd00:244:2::11'),
      startDnsServer(world, 'n3', 31, '10.244.3.11', 'fd00:244:3::11'),
    ])
  }, 30_000)
  afterEach(() => resolver?.end())
  afterAll(async () => {
    for (const server of servers) server.kill('SIGKILL')
    await world.close()
  })

  describe.each(NAMES)('%s finds', which => {
    beforeAll(() => apply(world, cluster('p21')))

    // A resolver that waits for a nameserver waits longer than the test.
    it.each(CASES.filter(([what]) => what !== LACKS[which]))(
      '%s',
      async (_, resolvConf, name, found) => {
        resolver = startResolver(world, 'p11', which, [...resolvConf, 'options timeout:30'])
        expect((await resolver.resolve(name)).sort()).toEqual(found)
      },
      25_000,
    )

    it('the new backend with its next question', async () => {
      resolver = startResolver(world, 'p11', which, nameservers(...DNS))
      expect((await resolver.resolve('www.svc.test')).sort()).toEqual(viaUdp(21))
      await apply(world, cluster('p31'))
      expect((await resolver.resolve('www.svc.test')).sort()).toEqual(viaUdp(31))
      expect((await resolver.resolve('big.svc.test')).sort()).toEqual(viaTcp(31))
    })
  })
})

/** A DNS Service with this pod behind it, and one with none. */
function cluster(server: string) {
  return specWith(dns(1, DNS, server), dns(2, EMPTY))
}

function dns(n: number, clusterIPs: string[], server?: string): Service {
  const ports = ['dns', 'dns-tcp']
  const [, node, number] = /^p(\d)(\d)$/.exec(server ?? '') ?? []
  const v6 = `fd00:244:${node}::1${number}`
  return {
    ...service(n),
    clusterIPs,
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP', except: [] },
      { name: 'dns-tcp', port: 53, protocol: 'TCP', except: [] },
    ],
    endpoints: server
      ? [
          {
            ports: ports.map(name => ({ name, number: 53 })),
            endpoints: [pod(server), { ...pod(server), address: v6 }],
          },
        ]
      : [],
  }
}
