// SPDX-License-Identifier: Apache-2.0
import type { EndpointStatus } from '../../../compile/categorise.ts'
import type { FrontendKind } from '../../../compile/frontend.ts'
import { encodeText } from '../../../spec/line/text.ts'
import type { Endpoint } from '../../../spec/spec.ts'

/** With its article. */
export const KIND_TEXT: Readonly<Record<FrontendKind, string>> = {
  clusterIP: 'a cluster IP',
  externalIP: 'an external IP',
  loadBalancer: 'a load balancer IP',
  nodePort: 'a node port',
}

/** What a client hears at once. */
export const REFUSED = 'refused (ECONNREFUSED)'

/** Another copy of an endpoint's address and port was taken instead. */
export type EndpointStanding = EndpointStatus | 'copy'

/** In the sentence `3 exist: 2 not ready, 1 …` */
export const STANDING_TEXT: Readonly<Record<EndpointStanding, string>> = {
  ready: 'ready',
  'last-resort': 'terminating but still serving',
  'other-zone': 'hinted for other zones',
  'other-node': 'hinted for other nodes',
  draining: 'terminating',
  terminated: 'terminating and no longer serving',
  'not-ready': 'not ready',
  elsewhere: 'on other nodes',
  copy: 'copy of another',
}

/** Why one endpoint is in a list or not. */
export function formatStanding(standing: EndpointStanding, endpoint: Endpoint): string {
  switch (standing) {
    case 'last-resort':
      return 'terminating but still serving: used because no ready one is left'
    case 'other-zone':
      return `ready, but hinted for zone ${endpoint.forZones.map(encodeText).join(', ')}`
    case 'other-node':
      return `ready, but hinted for node ${endpoint.forNodes.map(encodeText).join(', ')}`
    case 'draining':
      return 'terminating: not used while ready ones exist'
    case 'elsewhere':
      return `${conditionsOf(endpoint)}, but ${endpoint.node === undefined ? 'on no node' : `on ${encodeText(endpoint.node)}`}`
    case 'copy':
      return `${conditionsOf(endpoint)}: the address is there twice, and the other copy counts`
    default:
      return STANDING_TEXT[standing]
  }
}

function conditionsOf({ ready, serving, terminating }: Endpoint): string {
  if (ready) return 'ready'
  if (!terminating) return 'not ready'
  return serving ? 'terminating but still serving' : 'terminating and no longer serving'
}
