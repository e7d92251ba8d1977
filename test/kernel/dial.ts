// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { Address } from '../../src/base/address.ts'
import { DIAL } from './capable.ts'

/** What to dial. Family 46 is an AF_INET6 socket that dials an IPv4 address in its mapped form. */
export interface Call {
  id?: string
  family: 4 | 6 | 46
  /** 'sendto' is UDP that is not connected. */
  mode: 'tcp' | 'udp' | 'sendto'
  address: Address
  port: number
  /** New sockets, one each; 1 when absent. */
  tries?: number
  /** 1000 when absent. */
  timeoutMs?: number
}

/** How often what happened, over all tries of a call. */
export interface Outcome {
  id: string
  /** Who answered: `p23:8080`. */
  identities: Record<string, number>
  /** The source addresses that they saw. */
  clients: Record<string, number>
  /** By errno name; a time-out is ETIMEDOUT. */
  errors: Record<string, number>
  /** What getpeername() said once the socket was connected; of sendto, where the answers came from. */
  peers: Record<string, number>
}

/** What was dialled, as `peers` of an outcome writes it. */
export function dialledBy({ family, address, port }: Call): string {
  return family === 4 ? `${address}:${port}` : `[${family === 46 ? '::ffff:' : ''}${address}]:${port}`
}

/** Makes all calls in one process, many at a time; outcomes in the order of the calls. */
export async function dial(netns: string, cgroup: string, calls: readonly Call[]): Promise<Outcome[]> {
  const child = spawn(DIAL, [cgroup, netns], { stdio: 'pipe' })
  const rows = calls.map(
    (c, i) => `${c.id ?? i} ${c.family} ${c.mode} ${c.address} ${c.port} ${c.tries ?? 1} ${c.timeoutMs ?? 1000}\n`,
  )
  child.stdin.on('error', () => {}) // it ended early: its exit code says so
  child.stdin.end(rows.join(''))
  const ended = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject))
  const [out, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (code !== 0) throw new Error(`dial ended with ${code}: ${complaint.trim()}`)
  const outcomes = out.split('\n').filter(line => line !== '')
  return outcomes.map(line => JSON.parse(line) as Outcome)
}
