// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { RUSH } from './capable.ts'
import type { Call, Outcome } from './dial.ts'
import type { World } from './world.ts'

export type Client = Pick<Call, 'family' | 'mode' | 'address' | 'port'>
export type Count = Pick<Outcome, 'identities' | 'errors' | 'peers'>

/** Clients that dial as fast as they can until they are told to stop. */
export interface Rush {
  /** What each client's calls came to, in their order. */
  stop(): Promise<Count[]>
}

/** All clients are threads of one process in a party's namespace. */
export function startRush(world: World, party: string, clients: readonly Client[]): Rush {
  const child = spawn(RUSH, [world.cgroup, world.netns(party)], { stdio: 'pipe' })
  const ended = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject))
  const said = Promise.all([text(child.stdout), text(child.stderr), ended])
  said.catch(() => {})
  child.stdin.on('error', () => {}) // it ended early: its exit code says so
  child.stdin.write(`${clients.map(c => `${c.family} ${c.mode} ${c.address} ${c.port}\n`).join('')}\n`)
  return {
    async stop() {
      child.stdin.end()
      const [out, complaint, code] = await said
      if (code !== 0) throw new Error(`rush ended with ${code}: ${complaint.trim()}`)
      const lines = out.split('\n').filter(line => line !== '')
      return lines.map(line => JSON.parse(line) as Count)
    },
  }
}
