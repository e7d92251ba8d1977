// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { World } from '../kernel/world.ts'

const path = (relative: string) => new URL(relative, import.meta.url).pathname
const built = (name: string) => path(`../../build/test/${name}`)

/** Real resolvers; each answers names on its stdin, a line each. */
export const RESOLVERS = {
  glibc: [built('resolve-glibc')],
  musl: [built('resolve-musl')],
  go: [built('resolve-go')],
  'c-ares': [process.execPath, path('resolve.ts')],
} as const
export type ResolverName = keyof typeof RESOLVERS

export interface Resolver {
  /** The addresses of a name as they came, or why there are none. */
  resolve(name: string): Promise<string[]>
  end(): void
}

/** An /etc that nobody else sees, in the world's cgroup and a party's network. */
const SCRIPT = `
  mount -t tmpfs none /etc
  echo "$1" > /etc/resolv.conf
  echo hosts: files dns > /etc/nsswitch.conf
  touch /etc/hosts
  echo 0 > "$2/cgroup.procs"
  shift 2
  exec nsenter --net="$@"
`

/** Starts a resolver in a pod, inside the world's cgroup, with a resolv.conf of these lines. */
export function startResolver(world: World, party: string, which: ResolverName, lines: readonly string[]): Resolver {
  const netns = `/run/netns/${world.netns(party)}`
  const args = ['--mount', 'sh', '-ec', SCRIPT, 'sh', lines.join('\n'), world.cgroup, netns, ...RESOLVERS[which]]
  const child = spawn('unshare', args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async resolve(name) {
      child.stdin.write(`${name}\n`)
      const { value, done } = await answers.next()
      if (done) throw new Error(`${which} ended before it answered for ${name}`)
      return value.startsWith('no ') ? [value] : value.split(' ')
    },
    end: () => child.kill('SIGKILL'),
  }
}

/** Starts dns-server.ts where these addresses are. */
export async function startDnsServer(world: World, netns: string, id: number, ...at: string[]): Promise<ChildProcess> {
  const server = path('dns-server.ts')
  const args = [`--net=/run/netns/${world.netns(netns)}`, process.execPath, server, String(id), ...at]
  const child = spawn('nsenter', args, { stdio: ['pipe', 'pipe', 'inherit'] })
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve)
    child.once('exit', code => reject(new Error(`dns-server.ts ended with ${code}`)))
  })
  return child
}
