// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { TUNNEL } from '../capable.ts'
import type { World } from '../world.ts'

/** Carries packets between the tun devices of two parties, until it is ended. */
export async function startTunnel(world: World, a: string, b: string, device: string): Promise<{ end(): void }> {
  const child = spawn(TUNNEL, [world.netns(a), world.netns(b), device], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`tunnel ended with ${code}`)))
  await Promise.race([once(child.stdout, 'data'), ended])
  ended.catch(() => {})
  return { end: () => child.stdin.end() }
}
