// SPDX-License-Identifier: Apache-2.0
import { formatHostPort } from '../base/address.ts'
import type { Service, Spec } from '../spec/spec.ts'

/** Addresses of the API server that a spec knows, as `192.0.2.1:6443` or `[2001:db8::1]:6443`. */
interface ApiServer {
  /** The endpoints of default/kubernetes. */
  endpoints: string[]
  /** Its cluster IP, which this host translates once the spec is applied. */
  vip: string | undefined
}

/** Where a spec says that the API server is: a host that has no other way to it learns it from its checkpoint. */
export function apiServerIn({ services }: Spec): ApiServer {
  const service = services.find(({ namespace, name }) => namespace === 'default' && name === 'kubernetes')
  const port = service?.ports.find(({ name }) => name === 'https')
  const [address] = service?.clusterIPs ?? []
  const vip = address !== undefined && port ? formatHostPort(address, port.port) : undefined
  return { endpoints: service ? endpointsOf(service) : [], vip }
}

function endpointsOf({ endpoints }: Service): string[] {
  return endpoints.flatMap(({ ports, endpoints: members }) => {
    const number = ports.find(({ name }) => name === 'https')?.number
    const ready = members.filter(({ ready }) => ready)
    return number === undefined ? [] : ready.map(({ address }) => formatHostPort(address, number))
  })
}
