// SPDX-License-Identifier: Apache-2.0
import type { Service } from '../../spec/spec.ts'
import { type Answer, JSON_HEADERS } from './answer.ts'

/** What a load balancer asks of a healthCheckNodePort. */
export interface ServiceHealth {
  namespace: string
  name: string
  port: number
  /** Distinct addresses of ready endpoints on this node: one that terminates does not count, so that the balancer drains the node. */
  localEndpoints: number
}

/** The health of a Service on a node; undefined when load balancers do not ask for it there. `node` is null outside the cluster. */
export function healthOf(service: Service, node: string | null): ServiceHealth | undefined {
  const { namespace, name, externalTrafficPolicy, healthCheckNodePort: port } = service
  if (node === null || port === undefined || externalTrafficPolicy !== 'Local') return undefined
  const local = service.endpoints.flatMap(group => group.endpoints).filter(e => e.node === node && e.ready)
  return { namespace, name, port, localEndpoints: new Set(local.map(({ address }) => address)).size }
}

/** The answer of kube-proxy 1.36 on a healthCheckNodePort, to every method and path. */
export function serviceHealth({ namespace, name, localEndpoints }: ServiceHealth, isHealthy: boolean): Answer {
  const body = { service: { namespace, name }, localEndpoints, serviceProxyHealthy: isHealthy }
  return {
    status: localEndpoints > 0 && isHealthy ? 200 : 503,
    headers: { ...JSON_HEADERS, 'x-load-balancing-endpoint-weight': String(localEndpoints) },
    body: JSON.stringify(body, null, '\t'),
  }
}
