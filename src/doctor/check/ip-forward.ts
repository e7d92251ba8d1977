// SPDX-License-Identifier: Apache-2.0
import { sysctl } from '../../host/forwarding.ts'
import { edgeCheck } from '../edges.ts'
import { fail, ok } from '../finding.ts'

export const ipForward = edgeCheck('ip-forward', 'the node forwards packets from its edges to backends', edges => {
  const off = [
    ...(sysctl('ipv4', 'ip_forward') === '0' ? ['net.ipv4.ip_forward'] : []),
    ...(edges.some(({ nat6 }) => nat6 !== null) && sysctl('ipv6', 'conf', 'all', 'forwarding') === '0'
      ? ['net.ipv6.conf.all.forwarding']
      : []),
    ...edges.flatMap(({ device }) =>
      sysctl('ipv4', 'ip_forward') !== '0' && sysctl('ipv4', 'conf', device, 'forwarding') === '0'
        ? [`net.ipv4.conf.${device}.forwarding`]
        : [],
    ),
  ]
  if (off.length === 0) return ok('the node forwards packets')
  const settings = off.map(name => `${name}=1`).join(' ')
  return fail(
    `${off.join(' and ')} ${off.length === 1 ? 'is' : 'are'} 0: packets from outside reach no pod`,
    `sysctl -w ${settings}`,
  )
})
