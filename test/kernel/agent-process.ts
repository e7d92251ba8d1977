// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { BINARY, inside } from './balancing.ts'
import type { World } from './world.ts'

/** A line of the log of an agent. */
export interface LogLine {
  level: string
  msg: string
  [figure: string]: unknown
}

/** An agent as a child process in a namespace of a world. */
export interface AgentProcess {
  pid: number
  log: LogLine[]
  /** Waits until some line of the log, from the `from`th on, is one. */
  logged(is: (line: LogLine) => boolean, from?: number): Promise<LogLine>
  /** Sends a signal and waits for the end. Returns the exit code, and how long that took in milliseconds. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; milliseconds: number }>
}

const PATIENCE_MS = 20_000

/** Starts an agent for a party of a world (n1, or x1 for a host outside the cluster). */
export function startAgent(
  world: World,
  party: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): AgentProcess {
  const place = [`--net=/run/netns/${world.netns(party)}`, BINARY]
  const flags = ['--log-format', 'json', 'agent', ...args, ...inside(world), '--log-level', 'debug']
  const child = spawn('nsenter', [...place, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const log: LogLine[] = []
  let ended = false
  const closed = new Promise<number | null>(resolve => child.on('close', resolve))
  closed.then(() => {
    ended = true
  })
  createInterface({ input: child.stderr! }).on('line', line => log.push(parsed(line)))
  const logged = async (is: (line: LogLine) => boolean, from = 0) => {
    for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await sleep(2)) {
      const found = log.slice(from).find(is)
      if (found) return found
      if (ended) break
    }
    throw new Error(`the agent ${ended ? 'ended' : 'did not'}: ${log.map(line => JSON.stringify(line)).join('\n')}`)
  }
  return { pid: child.pid!, log, logged, end: signal => end(child, closed, signal) }
}

async function end(child: ChildProcess, closed: Promise<number | null>, signal: NodeJS.Signals) {
  const began = performance.now()
  child.kill(signal)
  const code = await closed
  return { code, milliseconds: performance.now() - began }
}

function parsed(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine
  } catch {
    return { level: 'text', msg: line }
  }
}
