// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { ECHO } from './capable.ts'
import { type Call, dial, type Outcome } from './dial.ts'
import { networkScript, type Party, residents, STANDARD, type Topology } from './topology.ts'
import { cgroupOf, pinsOf, removeTraces, sweep } from './traces.ts'

/** A small cluster in network namespaces, where everybody answers; nothing in it is reachable from this machine. */
export interface World {
  /** The start of every name that the world made. */
  id: string
  /** A cgroup to attach programs to; every call is made from it. */
  cgroup: string
  /** A directory under bpffs. */
  pins: string
  /** The name in /run/netns of the namespace where `party` lives, if it has one. */
  netns(party: string): string
  /** Makes calls from a party's namespace, out of `cgroup` (of the world when absent; '-' is none). */
  dial(from: string, calls: readonly Call[], cgroup?: string): Promise<Outcome[]>
  /** Ends its processes, detaches programs, removes all it made. Happens at exit too. May be called again. */
  close(): Promise<void>
}

/** What a world is made of. */
export interface Network {
  /** Namespaces by short name, with the parties that answer in each. */
  homes: ReadonlyMap<string, readonly Party[]>
  /** Ports on which they answer, TCP and UDP; with none there are no servers. */
  ports: Topology['ports']
  /** The shell script that builds it; `prefix` comes before every namespace name. */
  script(prefix: string): string
}

/** Builds a world in about a second. */
export function createWorld(topology: Topology = STANDARD): Promise<World> {
  const script = (prefix: string) => networkScript(topology, prefix)
  return buildWorld({ homes: residents(topology), ports: topology.ports, script })
}

/** First it removes the worlds of killed processes. */
export async function buildWorld({ homes, ports, script }: Network): Promise<World> {
  sweep()
  const id = claimId()
  const servers: ChildProcess[] = []
  let open = true
  const closeNow = () => {
    if (!open) return
    open = false
    for (const server of servers) server.kill('SIGKILL')
    removeTraces(id)
  }
  const release = onExit(closeNow)
  const world: World = {
    id,
    cgroup: cgroupOf(id),
    pins: pinsOf(id),
    netns(party) {
      if (!homes.has(party)) throw new Error(`${party} has no namespace; these have: ${[...homes.keys()].join(' ')}`)
      return `${id}-${party}`
    },
    dial: (from, calls, cgroup = cgroupOf(id)) => dial(world.netns(from), cgroup, calls),
    async close() {
      closeNow()
      release()
    },
  }
  try {
    mkdirSync(world.pins)
    execFileSync('sh', { input: script(`${id}-`), stdio: ['pipe', 'pipe', 'pipe'] })
    const ready: Promise<void>[] = []
    for (const [name, parties] of homes) {
      if (parties.length === 0 || ports.length === 0) continue
      const names = parties.flatMap(({ name, v4, v6 }) => [`${name}=${v4}`, `${name}=${v6}`])
      const server = spawn(ECHO, [world.netns(name), ports.join(), ...names], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      servers.push(server)
      ready.push(answered(server, name))
    }
    await Promise.all(ready)
    return world
  } catch (e) {
    await world.close()
    throw e
  }
}

/** The cgroup is the claim: making a directory is atomic. */
function claimId(): string {
  for (let number = 0; ; number++) {
    const id = `bal-${process.pid}-${number}`
    try {
      mkdirSync(cgroupOf(id))
      return id
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== 'EEXIST') throw e
    }
  }
}

/** Resolves when the server has bound all its sockets. */
function answered(server: ChildProcess, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.stdout!.once('data', () => resolve())
    server.once('error', reject)
    server.once('exit', code => reject(new Error(`the echo server of ${name} ended with ${code}`)))
  })
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs `clean` when the process ends or is told to; returns how to forget it. */
function onExit(clean: () => void): () => void {
  const signalled = (signal: NodeJS.Signals) => {
    clean()
    forget()
    process.kill(process.pid, signal)
  }
  const forget = () => {
    process.off('exit', clean)
    for (const signal of SIGNALS) process.off(signal, signalled)
  }
  process.on('exit', clean)
  for (const signal of SIGNALS) process.on(signal, signalled)
  return forget
}
