// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { SIDECAR } from './capable.ts'
import type { World } from './world.ts'

/** The proxy of a mesh in a pod of the cgroup that is served. */
export interface Sidecar {
  /** The original destinations of the connections since the last call, how often each: `{ '10.96.0.1:80': 4 }`. */
  took(): Record<string, number>
  /** Ends it and removes the rules. */
  end(): Promise<void>
}

/** How the rules of a mesh tell connections of the proxy itself: by its user, as those of an Istio sidecar, or by a mark, as those of ztunnel. */
export type Exemption = 'skuid' | 'mark'

/** Starts a proxy in a pod, and redirects to it the connections that leave the pod and those that arrive there. */
export async function startSidecar(world: World, pod: string, exemption: Exemption): Promise<Sidecar> {
  const child = spawn(SIDECAR, [world.cgroup, world.netns(pod), '15001'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise(resolve => child.once('exit', resolve))
  let taken: string[] = []
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', line => (line === 'ready' ? resolve() : taken.push(line)))
    child.once('exit', code => reject(new Error(`the sidecar of ${pod} ended with ${code}`)))
  })
  const nft = (input: string) => execFileSync('ip', ['netns', 'exec', world.netns(pod), 'nft', '-f', '-'], { input })
  nft(rules(exemption))
  return {
    took() {
      const counts = Map.groupBy(taken, to => to)
      taken = []
      return Object.fromEntries([...counts].map(([to, { length }]) => [to, length]))
    },
    async end() {
      child.kill('SIGKILL')
      await ended
      nft('delete table inet mesh')
    },
  }
}

function rules(exemption: Exemption): string {
  return `table inet mesh {
    chain leaving {
      type nat hook output priority -100
      meta ${exemption} 1337 return
      meta l4proto tcp redirect to :15001
    }
    chain arriving {
      type nat hook prerouting priority dstnat
      meta l4proto tcp redirect to :15001
    }
  }`
}
