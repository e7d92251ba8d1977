// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { printYaml } from '../../src/spec/print.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { stateOf } from './traces.ts'
import type { World } from './world.ts'

export const BINARY = new URL('../../bin/balancing', import.meta.url).pathname

export interface Ran {
  stdout: string
  stderr: string
  /** The exit code, or undefined after a signal. */
  code: number | undefined
}

interface RunOptions {
  input?: string
  env?: NodeJS.ProcessEnv
  /** The network namespace of this name in /run/netns to run in. */
  netns?: string
  /** The command of another build. */
  binary?: string
}

/** Runs the built command to its end. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { binary = BINARY, netns } = options
  const [command, ...rest] = netns ? ['nsenter', `--net=/run/netns/${netns}`, binary, ...args] : [binary, ...args]
  const child = spawn(command!, rest, { stdio: 'pipe', env: { ...process.env, ...options.env } })
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { stdout, stderr, code: code ?? undefined }
}

/** The flags that keep a command inside a world. */
export function inside(world: World): string[] {
  return [...withoutState(world), ...remembering(world)]
}

/** Those of a command that remembers nothing. */
export function withoutState(world: World): string[] {
  return ['--cgroup', world.cgroup, '--pin-dir', `${world.pins}/balancing`]
}

/** The flag that keeps what a command remembers inside a world. */
export function remembering(world: World): string[] {
  return ['--state-dir', stateOf(world.id)]
}

/** Applies a spec on n1 (or, with --external among the flags, on the host outside) by the real command, older or not; fails loudly. */
export async function apply(world: World, spec: Spec, ...flags: string[]): Promise<string> {
  const isOutside = flags.includes('--external')
  const place = isOutside ? [] : ['--node', 'n1']
  const netns = world.netns(isOutside ? 'x1' : 'n1')
  const path = `/tmp/${world.id}-spec.yaml`
  writeFileSync(path, printYaml(spec))
  const { stdout, stderr, code } = await run(
    ['apply', '-f', path, ...place, ...inside(world), '--allow-older', ...flags],
    { netns },
  )
  rmSync(path)
  if (code !== 0) throw new Error(`apply ended with ${code}: ${stderr}`)
  return stdout
}
