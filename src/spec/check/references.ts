// SPDX-License-Identifier: Apache-2.0
import { type Address, familyOf, formatHostPort } from '../../base/address.ts'
import { nearest } from '../../base/diagnostic.ts'
import type { Path } from '../../base/place.ts'
import { portKey, serviceKey } from '../name.ts'
import type { Problem } from '../problem.ts'
import type { Port, Service, Spec } from '../spec.ts'
import { vipsOf } from '../vips.ts'
import { type Claim, Claims } from './claims.ts'

/** Whether a Service's entry has a port of this name, be its line as bad as it may. */
type IsDeclared = (service: string, port: string) => boolean

/** What contradicts what in a spec: endpoints of no port, exceptions of no VIP, one frontend claimed by two. */
export function checkReferences(spec: Spec, isDeclared: IsDeclared): Problem[] {
  const problems: Problem[] = []
  const claims = new Claims()
  for (const service of spec.services) {
    checkEndpointPorts(service, isDeclared, problems)
    for (const port of service.ports) {
      checkExcept(service, port, problems)
      checkClaims({ service, port }, claims, problems)
    }
  }
  return problems
}

function checkEndpointPorts(service: Service, isDeclared: IsDeclared, problems: Problem[]): void {
  for (let i = 0; i < service.endpoints.length; i++) {
    for (const { name } of service.endpoints[i]!.ports) {
      if (hasPort(service, name) || isDeclared(serviceKey(service), name)) continue
      problems.push(unknownPort(service, i, name))
    }
  }
}

function hasPort(service: Service, name: string): boolean {
  for (const port of service.ports) if (port.name === name) return true
  return false
}

function unknownPort(service: Service, group: number, name: string): Problem {
  const known = service.ports.map(port => port.name)
  const meant = nearest(name, known)
  return {
    path: ['endpoints', serviceKey(service), group, 'ports', name],
    key: true,
    code: 'unknown-port',
    message: `Service ${serviceKey(service)} has no port "${name}"`,
    hint: meant ? `did you mean "${meant}"?` : `its ports are ${known.map(name => `"${name}"`).join(', ') || 'none'}`,
  }
}

function checkExcept(service: Service, port: Port, problems: Problem[]): void {
  if (port.except.length === 0) return
  const vips = new Set(vipsOf(service))
  const stray = port.except.filter(address => !vips.has(address))
  if (stray.length === 0) return
  problems.push({
    path: ['services', serviceKey(service), 'ports', port.name],
    code: 'not-a-vip',
    message: `Service ${serviceKey(service)} has no VIP ${stray.join(', ')}`,
    hint: 'except= takes cluster, external and load balancer IPs of this Service',
  })
}

/** Enters what a port claims, and tells of the first thing that another port has already. */
function checkClaims(claim: Claim, claims: Claims, problems: Problem[]): void {
  const { service, port } = claim
  for (const addresses of [service.clusterIPs, service.externalIPs, service.loadBalancerIPs]) {
    for (const address of addresses) {
      if (port.except.includes(address)) continue
      const owner = claims.enter(address, claim)
      if (owner === claim) continue
      problems.push(frontendClaimedTwice(address, claim, owner))
      return
    }
  }
  if (port.nodePort === undefined) return
  for (const address of service.clusterIPs) {
    const owner = claims.enterNodePort(port.nodePort, port.protocol, familyOf(address), claim)
    if (owner === claim) continue
    problems.push(nodePortClaimedTwice(address, claim, owner))
    return
  }
}

function frontendClaimedTwice(address: Address, claim: Claim, owner: Claim): Problem {
  const what = `${formatHostPort(address, claim.port.port)}/${claim.port.protocol}`
  const hint = 'except=ADDRESS leaves a VIP to the other Service'
  return { ...claimedTwice('frontend-claimed-twice', what, claim, owner), hint }
}

function nodePortClaimedTwice(address: Address, claim: Claim, owner: Claim): Problem {
  const what = `node port ${claim.port.nodePort}/${claim.port.protocol} (IPv${familyOf(address)})`
  return claimedTwice('node-port-claimed-twice', what, claim, owner)
}

function claimedTwice(code: string, what: string, claim: Claim, owner: Claim): Problem {
  return {
    path: pathOf(claim),
    code,
    message: `${what} belongs to ${portKey(owner.service, owner.port)} already`,
    other: pathOf(owner),
  }
}

function pathOf({ service, port }: Claim): Path {
  return ['services', serviceKey(service), 'ports', port.name]
}
