// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { loadPassAll } from '../kernel/pass-all.ts'
import { tracesOf } from '../kernel/traces.ts'
import { createWorld, type World } from '../kernel/world.ts'
import { type Listener, listenersOf, topologyOf } from './cluster.ts'
import type { Exported } from './export.ts'

/** A world where every TCP endpoint of the exports answers HTTP, and each node has a cgroup and a pin directory. */
export interface Stage {
  /** The start of every name that it made. */
  id: string
  /** For files. */
  directory: string
  /** The cgroup of all its processes; each node's is in it. */
  cgroup: string
  cgroupOf(node: string): string
  pinsOf(node: string): string
  /** The command that runs `command` where a node or pod lives, as a process of a cgroup. */
  enter(party: string, cgroup: string, command: readonly string[]): [string, ...string[]]
  /** Ends its processes, removes all it made, and returns what is left nevertheless. Signals close it too. */
  close(): Promise<string[]>
}

/** `clients` are the pods that get a network namespace of their own; the others are addresses on their nodes. */
export async function openStage(exports: readonly Exported[], clients: readonly string[]): Promise<Stage> {
  const topology = topologyOf(exports, clients)
  const world = await createWorld(topology)
  const stage = stageIn(world)
  try {
    mkdirSync(stage.directory)
    readyForXdp(
      world,
      topology.nodes.map(({ name }) => name),
    )
    for (const { name } of topology.nodes) mkdirSync(stage.cgroupOf(name))
    const servers = [...listenersOf(exports, topology)].map(([party, listeners]) => serve(stage, party, listeners))
    await Promise.all(servers)
    return stage
  } catch (e) {
    await stage.close()
    throw e
  }
}

/**
 * Makes the other ends of the nodes' veth devices fit for XDP: each takes what its peer transmits only when it has a program itself,
 * and must complete checksums, which XDP sees as they are.
 */
function readyForXdp({ netns, pins }: World, nodes: readonly string[]): void {
  const pin = `${pins}/pass_all`
  loadPassAll('pass_all', pin)
  const lines = nodes.flatMap(node => [
    `ethtool -K ${node} tx off > /dev/null`,
    `bpftool net attach xdpdrv pinned ${pin} dev ${node}`,
  ])
  execFileSync('nsenter', [`--net=/run/netns/${netns('lan')}`, 'sh', '-e'], {
    input: lines.join('\n'),
    stdio: ['pipe', 'ignore', 'pipe'],
  })
}

function stageIn(world: World): Stage {
  const directory = `${tmpdir()}/${world.id}`
  const removeFiles = () => rmSync(directory, { recursive: true, force: true })
  // before the world's own, which ends this process; once, or it would keep the process alive
  for (const signal of SIGNALS) process.prependOnceListener(signal, removeFiles)
  process.once('exit', removeFiles)
  return {
    id: world.id,
    directory,
    cgroup: world.cgroup,
    cgroupOf: node => `${world.cgroup}/${node}`,
    pinsOf: node => `${world.pins}/${node}`,
    enter: (party, cgroup, command) => ['sh', '-c', ENTER, cgroup, `/run/netns/${world.netns(party)}`, ...command],
    async close() {
      await world.close()
      removeFiles()
      for (const event of [...SIGNALS, 'exit']) process.off(event, removeFiles)
      return [...tracesOf(world.id), ...[directory].filter(path => existsSync(path))]
    },
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Whoever is in a cgroup of the world is ended when the world is closed. */
const ENTER = 'echo $$ > "$0/cgroup.procs" && netns=$1 && shift && exec nsenter --net="$netns" "$@"'

const SERVER = new URL('http-server.ts', import.meta.url).pathname

/** Resolves when the server listens everywhere. */
function serve(stage: Stage, party: string, listeners: readonly Listener[]): Promise<void> {
  const command = [process.execPath, SERVER, JSON.stringify(listeners)]
  const [shell, ...args] = stage.enter(party, stage.cgroup, command)
  const server = spawn(shell, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    server.stdout.once('data', () => resolve())
    server.once('error', reject)
    server.once('exit', code => reject(new Error(`the HTTP server of ${party} ended with ${code}`)))
  })
}
