// SPDX-License-Identifier: Apache-2.0
import type { Access } from '../access.ts'

/** One way to reach the API server. `access` is called at each connect, because tokens rotate; it may throw a Failure. */
export interface Candidate {
  name: string
  access(): Access
}

/** All ways, the preferred first; read anew at each connect. */
export type Servers = () => readonly Candidate[]

interface ServerSources {
  /** The kubeconfig or the service account: the credentials of every candidate. */
  base(): Access
  /** Given by the operator; they replace the server of `base`. */
  urls: readonly URL[]
  /** Addresses of the endpoints of default/kubernetes, as `192.0.2.1:6443` or `[2001:db8::1]:6443`, as last seen. */
  learned(): readonly string[]
  /** The cluster IP of default/kubernetes, in the same form, when this node translates it. */
  vip(): string | undefined
}

/** The name that every API server's certificate has, whatever its addresses are. */
const TLS_NAME = 'kubernetes.default.svc'

/**
 * The ways to an API server where no kube-proxy makes the cluster IP work: the given URLs, else that of the kubeconfig; the
 * endpoints that the cluster said; the cluster IP. Nodes differ in the endpoint that they try first: `random` is in [0, 1),
 * and one for the life of a process.
 */
export function serversOf({ base, urls, learned, vip }: ServerSources, random: number): Servers {
  const given: Candidate[] = urls.map(url => ({ name: url.origin, access: () => ({ ...base(), server: url }) }))
  const own: Candidate = { name: 'the server of the kubeconfig', access: base }
  const byAddress = (host: string): Candidate => ({
    name: `https://${host}`,
    access: () => {
      const access = base()
      const cluster = { ...access.cluster, 'tls-server-name': TLS_NAME }
      return { ...access, server: new URL(`https://${host}`), cluster }
    },
  })
  return () => {
    const endpoints = learned()
    const first = Math.floor(random * endpoints.length)
    const rotated = [...endpoints.slice(first), ...endpoints.slice(0, first)]
    const service = vip()
    const addresses = service === undefined ? rotated : [...rotated, service]
    return [...(given.length > 0 ? given : [own]), ...addresses.map(byAddress)]
  }
}

/** The candidate in use, shared by all kinds. */
export interface Turn {
  current(): Candidate
  /** The next candidate is due, unless another kind has moved on from this one already. */
  failed(candidate: string): void
}

export function takeTurns(servers: Servers): Turn {
  let name: string | undefined
  const position = (all: readonly Candidate[]): number => {
    const at = all.findIndex(candidate => candidate.name === name)
    return Math.max(0, at)
  }
  return {
    current() {
      const all = servers()
      const candidate = all[position(all)]!
      name = candidate.name
      return candidate
    },
    failed(candidate) {
      const all = servers()
      if (candidate === name) name = all[(position(all) + 1) % all.length]!.name
    },
  }
}
