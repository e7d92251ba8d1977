// SPDX-License-Identifier: Apache-2.0
import type { Address, Family } from '../../../src/base/address.ts'
import type { Protocol } from '../../../src/base/protocol.ts'
import type { Endpoint, Service, Spec } from '../../../src/spec/spec.ts'
import type { Call } from '../dial.ts'
import { dualService, inFamily } from '../edge-rig.ts'
import { service, specWith } from '../specs.ts'
import { CLIENT, NODES, type Shape } from './shape.ts'

/** Where the servers of transfers listen, and a port where nothing does. */
export const ECHO_PORT = 9000
const CLOSED_PORT = 9

/** Numbers of Services: N is 10.96.0.N, 203.0.113.N and node port 30000 + N, each for TCP and UDP. */
export const SERVICE = { cluster: 1, local: 2, hosts: 3, none: 4, elsewhere: 5, closed: 6, echo12: 7, echo22: 8 }

/** All that is asked of a shape, in one spec. */
export function specOf(): Spec {
  return specWith(
    both(service(SERVICE.cluster, 'p12', 'p22')),
    both({ ...service(SERVICE.local, 'p12', 'p22'), externalTrafficPolicy: 'Local' }),
    onHosts(both(service(SERVICE.hosts, 'p12', 'p22'))),
    both(service(SERVICE.none)),
    both({ ...service(SERVICE.elsewhere, 'p22'), externalTrafficPolicy: 'Local' }),
    both(service(SERVICE.closed, 'p12', 'p22'), CLOSED_PORT),
    both(service(SERVICE.echo12, 'p12'), ECHO_PORT),
    both(service(SERVICE.echo22, 'p22'), ECHO_PORT),
  )
}

/** Both families and both protocols. */
function both(base: Service, target = 8080): Service {
  const dual = dualService(base, 'TCP')
  const [tcp] = dual.ports
  return {
    ...dual,
    ports: [tcp!, { ...tcp!, name: 'udp', protocol: 'UDP' }],
    endpoints: dual.endpoints.map(({ endpoints }) => ({
      ports: ['http', 'udp'].map(name => ({ name, number: target })),
      endpoints,
    })),
  }
}

/** Its pods are processes of their nodes. */
function onHosts(base: Service): Service {
  const moved = (endpoint: Endpoint, i: number) => {
    const address = endpoint.node === 'n1' ? NODES.n1 : NODES.n2
    return { ...endpoint, address: i % 2 === 0 ? address : inFamily(6, address) }
  }
  return { ...base, endpoints: base.endpoints.map(group => ({ ...group, endpoints: group.endpoints.map(moved) })) }
}

/** What a client outside dials, and what comes of it: who answers, whom they saw, and errors. */
interface Row {
  about: string
  call: Call
  answers: Record<string, Address>
  errors: Record<string, number>
}

export function rowsFor(shape: Shape, family: Family, protocol: Protocol): Row[] {
  const at = (address: Address) => inFamily(family, address)
  const client = at(CLIENT)
  const row = (about: string, address: Address, port: number, more: Partial<Row> & { tries?: number }): Row => {
    const { tries = 1, answers = {}, errors = {} } = more
    const mode = protocol === 'TCP' ? 'tcp' : 'udp'
    const timeoutMs = errors.ETIMEDOUT ? 300 : 3000
    return { about, call: { family, mode, address: at(address), port, tries, timeoutMs }, answers, errors }
  }
  const cluster = {
    'p12:8080': shape.masqueradesHere ? at(shape.masqueraded) : client,
    'p22:8080': at(shape.masqueraded),
  }
  const vip = (n: number) => `203.0.113.${n}`
  const refused = { ECONNREFUSED: 1 }
  return [
    ...(
      [
        ['cluster IP', '10.96.0.1', 80],
        ['external IP', vip(SERVICE.cluster), 80],
        ['node port', NODES.n1, 30_001],
      ] as const
    ).map(([about, address, port]) => row(`policy Cluster, ${about}`, address, port, { tries: 40, answers: cluster })),
    row('policy Local', vip(SERVICE.local), 80, { tries: 10, answers: { 'p12:8080': client } }),
    row('policy Local, backends elsewhere', vip(SERVICE.elsewhere), 80, { errors: { ETIMEDOUT: 1 } }),
    row('processes of nodes', vip(SERVICE.hosts), 80, {
      tries: 40,
      answers: { 'n1:8080': client, 'n2:8080': at(NODES.n1) },
    }),
    row('no backend, external IP', vip(SERVICE.none), 80, { errors: refused }),
    row('no backend, node port', NODES.n1, 30_000 + SERVICE.none, { errors: refused }),
    row('unknown port', vip(SERVICE.cluster), 81, { errors: refused }),
    row('backends that do not listen', vip(SERVICE.closed), 80, { tries: 10, errors: { ECONNREFUSED: 10 } }),
  ]
}
