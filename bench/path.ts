// SPDX-License-Identifier: Apache-2.0
import { run } from './child.ts'
import type { Scratch } from './scratch.ts'

/** A client, a node that forwards, and a server that has every backend's address: names of network namespaces. */
export interface Path {
  client: string
  node: string
  server: string
}

/**
 * Makes a path. What connection tracking remembers of closed flows goes after a second, or a new flow a call would
 * fill its table and that would be measured.
 */
export async function makePath(scratch: Scratch, name: string): Promise<Path> {
  const of = (role: string) => `${scratch.id}-${name}-${role}`
  const path = { client: of('client'), node: of('node'), server: of('server') }
  await run('sh', ['-s'], script(path))
  return path
}

/** Settings of connection tracking, to be made once a node has rules that use it. */
export async function shortenMemory({ node }: Path): Promise<void> {
  const settings = ['udp_timeout', 'tcp_timeout_close', 'tcp_timeout_time_wait']
  const lines = settings.map(name => `echo 1 > /proc/sys/net/netfilter/nf_conntrack_${name}`)
  await run('ip', ['netns', 'exec', node, 'sh', '-ec', lines.join('\n')])
}

function script({ client, node, server }: Path): string {
  return `set -e
for namespace in ${client} ${node} ${server}; do
  ip netns add $namespace
  ip -n $namespace link set lo up
done
ip -n ${node} link add client type veth peer name eth0 netns ${client}
ip -n ${node} link add server type veth peer name eth0 netns ${server}
ip -n ${node} -batch - <<'END'
address add 10.10.0.1/24 dev client
address add 10.20.0.1/24 dev server
link set client up
link set server up
route add 10.128.0.0/9 via 10.20.0.2
END
ip -n ${client} -batch - <<'END'
address add 10.10.0.2/24 dev eth0
link set eth0 up
route add default via 10.10.0.1
END
ip -n ${server} -batch - <<'END'
address add 10.20.0.2/24 dev eth0
link set eth0 up
route add default via 10.20.0.1
route add local 10.128.0.0/9 dev lo
END
ip netns exec ${node} sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
`
}
