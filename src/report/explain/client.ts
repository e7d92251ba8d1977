import { type Address, parseAddress } from '../../base/address.ts'
import { error, nearest, type Result } from '../../base/diagnostic.ts'
import type { Flow } from '../../datapath/lookup.ts'
import type { Node, Spec } from '../../spec/spec.ts'

/** Who dials. */
export interface Client {
  /** In the words of a sentence. */
  name: string
  /** Whose dataplane decides; undefined for a host outside of the cluster that runs one of its own. */
  node: Node | undefined
  /** Its address, where it is known: source ranges ask for it. */
  source?: Address
  /** A process of the node itself. */
  atHome: boolean
}

export function podOn(node: Node): Client {
  return { name: `a pod on ${node.name}`, node, atHome: false }
}

export const OUTSIDE: Client = { name: 'a host outside the cluster', node: undefined, atHome: false }

/** Finds the client of `--from`: a node's name (a pod there), a node's address (the node itself), a pod's, any other, `external`. */
export function resolveClient(text: string, spec: Spec): Result<Client> {
  if (text === 'external') return { value: OUTSIDE, diagnostics: [] }
  const name = text.replace(/^(?:node|pod)\//, '')
  const node = spec.nodes.find(n => n.name === name)
  if (node) return { value: podOn(node), diagnostics: [] }
  const address = parseAddress(name)
  if (address !== undefined) return { value: clientAt(address, spec), diagnostics: [] }
  const meant = nearest(
    name,
    spec.nodes.map(n => n.name),
  )
  const hint = meant
    ? `did you mean ${meant}?`
    : 'give a node, the address of a pod, a node or another host, or external'
  return { value: undefined, diagnostics: [error('unknown-client', `"${text}" is no node and no address`, { hint })] }
}

function clientAt(address: Address, spec: Spec): Client {
  const own = spec.nodes.find(n => n.addresses.includes(address))
  if (own) return { name: `${own.name} itself`, node: own, atHome: true }
  const endpoint = spec.services
    .flatMap(service => service.endpoints.flatMap(group => group.endpoints))
    .find(e => e.address === address && e.node !== undefined)
  const node = endpoint && spec.nodes.find(n => n.name === endpoint.node)
  if (node) return { name: `pod ${address} on ${node.name}`, node, source: address, atHome: false }
  return { ...OUTSIDE, name: `${address}, a host outside the cluster`, source: address }
}

/** What it does when it dials. */
export function flowOf({ source, atHome }: Client, to: Pick<Flow, 'address' | 'port' | 'protocol'>): Flow {
  return source === undefined ? { ...to, atHome } : { ...to, atHome, source }
}
