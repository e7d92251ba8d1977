// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { World } from './world.ts'

/** A way from a namespace of a world to a port of this machine's loopback, which can be cut. */
export interface Relay {
  /** Ends all connections, and makes no new ones until `join`. */
  cut(): void
  join(): void
  close(): void
}

/** Runs in the namespace: takes connections at a port of its loopback, and passes them on to a socket, which has a path instead. */
const INSIDE = `
const net = require('node:net')
const [path, port] = process.argv.slice(1)
net.createServer(client => {
  const server = net.connect(path)
  for (const [a, b] of [[client, server], [server, client]]) a.pipe(b).on('error', () => {}) && a.on('error', () => b.destroy()).on('close', () => b.destroy())
}).listen(Number(port), '127.0.0.1', () => console.log('ready'))
`

/** The port in the namespace is the same as on this machine, so that a kubeconfig holds for both. */
export async function relayTo(world: World, party: string, port: number): Promise<Relay> {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-relay-'))
  const path = join(folder, 'socket')
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer(client => {
    if (isCut) {
      client.destroy()
      return
    }
    const target = connect(port, '127.0.0.1')
    for (const socket of [client, target]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    client.pipe(target)
    target.pipe(client)
    client.on('close', () => target.destroy())
    target.on('close', () => client.destroy())
  })
  await new Promise<void>(resolve => server.listen(path, resolve))
  const inside: ChildProcess = spawn(
    'setpriv',
    [
      '--pdeathsig',
      'KILL',
      'nsenter',
      `--net=/run/netns/${world.netns(party)}`,
      process.execPath,
      '-e',
      INSIDE,
      path,
      String(port),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  await once(inside.stdout!, 'data')
  const cut = () => {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }
  return {
    cut,
    join() {
      isCut = false
    },
    close() {
      cut()
      inside.kill('SIGKILL')
      server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
