// SPDX-License-Identifier: Apache-2.0
import { type Address, parseAddress } from '../../../base/address.ts'
import { type Diagnostic, error, nearest, type Result } from '../../../base/diagnostic.ts'
import { isPort, PROTOCOLS, type Protocol } from '../../../base/protocol.ts'
import { serviceKey } from '../../../spec/name.ts'
import type { Node, Port, Service, Spec } from '../../../spec/spec.ts'

/** The subject of a question. */
export type Subject =
  | { kind: 'service'; service: Service; port?: Port }
  | { kind: 'destination'; address: Address; port: number; protocol?: Protocol }
  | { kind: 'address'; address: Address }
  | { kind: 'nodePort'; port: number; protocol?: Protocol }
  | { kind: 'node'; node: Node }

/** The code of an error for a text that has none of the forms; every other error is about a name that the spec does not have. */
export const BAD_FORM = 'bad-form'

const FORMS = 'NAMESPACE/NAME[:PORT], ADDRESS[:PORT[/PROTOCOL]], :NODEPORT[/PROTOCOL], pod/ADDRESS, node/NAME'
const DESTINATION = /^(?:\[([^\]]+)\]|([0-9.]*)):(\d+)(?:\/([A-Za-z]+))?$/
const NODE_PORT = /^(?:nodePort6?[: ])?(\d+)(?:\/([A-Za-z]+))?$/i

/** Finds the subject that a text names. Any address and any port may be asked about; names must be in the spec. */
export function resolveSubject(what: string, spec: Spec): Result<Subject> {
  const known = spec.services.find(service => serviceKey(service) === what)
  if (known) return found({ kind: 'service', service: known })
  const parts = DESTINATION.exec(what)
  if (parts) return destination(what, parts)
  const number = NODE_PORT.exec(what)
  if (number) return nodePort(what, number[1]!, number[2])
  const address = parseAddress(what.replace(/^pod\//, '').replace(/^\[(.*)\]$/, '$1'))
  if (address !== undefined) return found({ kind: 'address', address })
  if (what.startsWith('pod/')) return bad(what, 'a spec has the addresses of pods and not their names: pod/ADDRESS')
  return named(what.replace(/^(?:service|svc)\//, ''), spec)
}

function destination(what: string, [, v6, v4, port, protocol]: RegExpExecArray): Result<Subject> {
  if (v4 === '') return nodePort(what, port!, protocol)
  const address = parseAddress(v6 ?? v4!)
  if (address === undefined) return bad(what, `"${v6 ?? v4}" is not an IP address`)
  const checked = portOf(what, port!, protocol)
  return checked.value ? found({ kind: 'destination', address, ...checked.value }) : { ...checked, value: undefined }
}

function nodePort(what: string, port: string, protocol: string | undefined): Result<Subject> {
  const checked = portOf(what, port, protocol)
  return checked.value ? found({ kind: 'nodePort', ...checked.value }) : { ...checked, value: undefined }
}

function portOf(what: string, digits: string, word: string | undefined): Result<{ port: number; protocol?: Protocol }> {
  const port = Number(digits)
  if (!isPort(port)) return bad(what, `${digits} is not a port: 1 to 65535`)
  if (word === undefined) return { value: { port }, diagnostics: [] }
  const protocol = PROTOCOLS.find(p => p === word.toUpperCase())
  return protocol
    ? { value: { port, protocol }, diagnostics: [] }
    : bad(what, `the protocols are ${PROTOCOLS.join(', ')}`)
}

/** A Service, with or without its port, or a node. */
function named(what: string, spec: Spec): Result<Subject> {
  const [, key = '', portName] = /^([^/:]+\/[^/:]+)(?::(.*))?$/.exec(what) ?? []
  const service = spec.services.find(s => serviceKey(s) === key)
  if (service) return portName === undefined ? found({ kind: 'service', service }) : portNamed(service, portName)
  const name = what.replace(/^node\//, '')
  const node = spec.nodes.find(n => n.name === name)
  if (node) return found({ kind: 'node', node })
  return what.startsWith('node/') || key === '' ? unknownName(name, spec) : unknownService(key, spec)
}

function portNamed(service: Service, name: string): Result<Subject> {
  const port = service.ports.find(p => p.name === name) ?? service.ports.find(p => String(p.port) === name)
  if (port) return found({ kind: 'service', service, port })
  const names = service.ports.map(p => p.name || String(p.port))
  const meant = nearest(name, names)
  const hint = meant ? `did you mean ${serviceKey(service)}:${meant}?` : `its ports are ${names.join(', ') || 'none'}`
  return none(error('unknown-port', `Service ${serviceKey(service)} has no port "${name}"`, { hint }))
}

function unknownService(key: string, { services }: Spec): Result<Subject> {
  const [namespace, name] = key.split('/')
  const namesake = services.find(s => s.name === name)
  const meant = nearest(key, services.map(serviceKey)) ?? (namesake && serviceKey(namesake))
  const isNamespace = services.some(s => s.namespace === namespace)
  const where = isNamespace ? '' : `; nor has it any other in namespace ${namespace}`
  const hint = meant ? `did you mean ${meant}?` : 'headless and ExternalName Services are not in a spec'
  return none(error('unknown-service', `the spec has no Service "${key}"${where}`, { hint }))
}

function unknownName(name: string, { nodes, services }: Spec): Result<Subject> {
  const owners = services.filter(s => s.name === name).map(serviceKey)
  const meant =
    owners.length > 0
      ? owners.slice(0, 3).join(' or ')
      : nearest(
          name,
          nodes.map(n => n.name),
        )
  return none(
    error('unknown-name', `the spec has no node "${name}", and Services are NAMESPACE/NAME`, {
      hint: meant ? `did you mean ${meant}?` : `write ${FORMS}`,
    }),
  )
}

function bad(what: string, why: string): Result<never> {
  return none(error(BAD_FORM, `"${what}" cannot be explained: ${why}`, { hint: `write ${FORMS}` }))
}

function found(value: Subject): Result<Subject> {
  return { value, diagnostics: [] }
}

function none(diagnostic: Diagnostic): Result<never> {
  return { value: undefined, diagnostics: [diagnostic] }
}
