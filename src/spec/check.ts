import { familyOf, formatHostPort } from '../base/address.ts'
import { nearest } from '../base/diagnostic.ts'
import type { Problem } from './problem.ts'
import type { Port, Service, Spec } from './spec.ts'

interface Claim {
  service: Service
  port: Port
}

/** Whether a Service's entry has a port of this name, be its line as bad as it may. */
type IsDeclared = (service: string, port: string) => boolean

/** What contradicts what in a spec: endpoints of no port, exceptions of no VIP, one frontend claimed by two. */
export function checkReferences(spec: Spec, isDeclared: IsDeclared): Problem[] {
  const problems: Problem[] = []
  const frontends = new Map<string, Claim>()
  for (const service of spec.services) {
    checkEndpointPorts(service, isDeclared, problems)
    for (const port of service.ports) {
      checkExcept(service, port, problems)
      checkClaims({ service, port }, frontends, problems)
    }
  }
  return problems
}

function checkEndpointPorts(service: Service, isDeclared: IsDeclared, problems: Problem[]): void {
  for (let i = 0; i < service.endpoints.length; i++) {
    for (const { name } of service.endpoints[i]!.ports) {
      if (service.ports.some(port => port.name === name) || isDeclared(keyOf(service), name)) continue
      problems.push(unknownPort(service, i, name))
    }
  }
}

function unknownPort(service: Service, group: number, name: string): Problem {
  const known = service.ports.map(port => port.name)
  const meant = nearest(name, known)
  return {
    path: ['endpoints', keyOf(service), group, 'ports', name],
    key: true,
    code: 'unknown-port',
    message: `Service ${keyOf(service)} has no port "${name}"`,
    hint: meant ? `did you mean "${meant}"?` : `its ports are ${known.map(name => `"${name}"`).join(', ') || 'none'}`,
  }
}

function vipsOf(service: Service): string[] {
  return [...service.clusterIPs, ...service.externalIPs, ...service.loadBalancerIPs]
}

function checkExcept(service: Service, port: Port, problems: Problem[]): void {
  if (port.except.length === 0) return
  const vips = new Set(vipsOf(service))
  const stray = port.except.filter(address => !vips.has(address))
  if (stray.length === 0) return
  problems.push({
    path: ['services', keyOf(service), 'ports', port.name],
    code: 'not-a-vip',
    message: `Service ${keyOf(service)} has no VIP ${stray.join(', ')}`,
    hint: 'except= takes cluster, external and load balancer IPs of this Service',
  })
}

/** Enters what a port claims, and tells of the first thing that another port has already. */
function checkClaims(claim: Claim, frontends: Map<string, Claim>, problems: Problem[]): void {
  for (const frontend of frontendsOf(claim)) {
    const owner = frontends.get(frontend)
    if (!owner) frontends.set(frontend, claim)
    else if (owner !== claim) {
      problems.push(claimedTwice(frontend, claim, owner))
      return
    }
  }
}

function* frontendsOf({ service, port }: Claim): Generator<string> {
  for (const address of vipsOf(service)) {
    if (!port.except.includes(address)) yield `${formatHostPort(address, port.port)}/${port.protocol}`
  }
  if (port.nodePort === undefined) return
  for (const address of service.clusterIPs)
    yield `node port ${port.nodePort}/${port.protocol} (IPv${familyOf(address)})`
}

function claimedTwice(frontend: string, { service, port }: Claim, owner: Claim): Problem {
  const isNodePort = frontend.startsWith('node port')
  const problem: Problem = {
    path: ['services', keyOf(service), 'ports', port.name],
    code: isNodePort ? 'node-port-claimed-twice' : 'frontend-claimed-twice',
    message: `${frontend} belongs to ${portKey(owner)} already`,
    other: ['services', keyOf(owner.service), 'ports', owner.port.name],
  }
  return isNodePort ? problem : { ...problem, hint: 'except=ADDRESS leaves a VIP to the other Service' }
}

function keyOf(service: Service): string {
  return `${service.namespace}/${service.name}`
}

function portKey({ service, port }: Claim): string {
  return port.name === '' ? keyOf(service) : `${keyOf(service)}:${port.name}`
}
