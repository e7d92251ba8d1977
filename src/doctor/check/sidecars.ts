// SPDX-License-Identifier: Apache-2.0
import { count } from '../../base/count.ts'
import { networkNamespaceOf, networkNamespacesBelow } from '../../host/processes-below.ts'
import { redirectingChains } from '../../host/redirects.ts'
import type { Check } from '../check.ts'
import { ok, unknown, warn } from '../finding.ts'

/** Chains of Istio (iptables, and nftables since 1.27), Linkerd, Kuma and Consul, each in the network namespace of a pod. */
const OF_A_MESH = /^(ISTIO_|istio-|PROXY_INIT_|KUMA_MESH_|CONSUL_PROXY_)/

/** Network namespaces are looked at for so long; a listing takes 10 ms, and a node has some hundred pods. */
const TIME_MS = 5_000

/** Network namespaces that are looked at together. */
const PARALLEL = 4

/**
 * A sidecar learns by SO_ORIGINAL_DST which address a redirected connection was for. Translated at the socket, that is the
 * backend, and no longer the VIP by which the mesh knows its Services.
 */
export const sidecars: Check = {
  name: 'sidecars',
  about:
    'no pod below the cgroup has rules that redirect its connections to a mesh sidecar (Istio, Linkerd, Kuma, Consul)',
  needs: ['permission', 'cgroup2'],
  async run({ cgroup, node }) {
    const namespaces = networkNamespacesBelow(cgroup())
    namespaces.delete(networkNamespaceOf('self')!)
    const { found, looked, reason } = await lookInto([...namespaces.values()])
    const [first] = found
    // Without a status the scope is not known, and other checks say why.
    const isLeftAlone =
      first &&
      (await node().then(
        ({ status }) => status.sockets === 'host',
        () => false,
      ))
    if (isLeftAlone) return ok('pods redirect their connections to a mesh sidecar, and their sockets are left alone')
    if (first) {
      const more = found.length > 1 ? `, and so are those of ${count(found.length - 1, 'more network namespace')}` : ''
      return warn(
        `the connections of process ${first.pid} are redirected to a mesh sidecar (chain ${first.chain})${more}: SO_ORIGINAL_DST tells the sidecar the backend in place of the VIP, so it matches no Service`,
        "apply with --sockets host and --pods PATTERN, which names the host's sides of pods' devices: docs/north-south.md",
      )
    }
    if (reason !== undefined)
      return unknown(`the rules of pods cannot be read: ${reason}`, 'install nftables, iptables and util-linux')
    if (looked < namespaces.size)
      return unknown(
        `${looked} of ${count(namespaces.size, 'network namespace')} have no redirect rules of a mesh; there was no time for the others`,
      )
    return ok(`no redirect rules of a mesh in ${count(looked, 'other network namespace')} below the cgroup`)
  },
}

interface Looked {
  /** A process and a chain of each namespace with redirect rules of a mesh. */
  found: { pid: number; chain: string }[]
  looked: number
  /** Why the rules of one of the others cannot be read. */
  reason: string | undefined
}

/** Looks into the network namespaces of these processes, until the time is up. */
async function lookInto(pids: readonly number[]): Promise<Looked> {
  const looked: Looked = { found: [], looked: 0, reason: undefined }
  const queue = [...pids].sort((a, b) => a - b)
  const end = performance.now() + TIME_MS
  const worker = async () => {
    while (queue.length > 0 && performance.now() < end) {
      const pid = queue.shift()!
      const chains = await redirectingChains(pid)
      const chain = typeof chains === 'string' ? undefined : chains.find(name => OF_A_MESH.test(name))
      looked.looked++
      if (chain !== undefined) looked.found.push({ pid, chain })
      else if (typeof chains === 'string' && networkNamespaceOf(pid) !== undefined) looked.reason ??= chains
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
  looked.found.sort((a, b) => a.pid - b.pid)
  return looked
}
