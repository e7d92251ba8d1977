// SPDX-License-Identifier: Apache-2.0
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Address } from '../../src/base/address.ts'
import type { World } from './world.ts'

/** A process in a party's network namespace: what is written to it are lines, and so is what it answers. */
export interface Peer {
  ask(line: string): Promise<string>
  end(): void
}

/** Sends back all that comes to a port, TCP and UDP. */
export async function startEcho(world: World, party: string, address: Address, port: number): Promise<Peer> {
  const peer = start(world, party, ECHO, [address, String(port)])
  await peer.ask('')
  return peer
}

/** A TCP connection from a port of its own; each line that it is asked comes back. */
export function connectFrom(world: World, party: string, localPort: number, to: Address, port: number): Peer {
  return start(world, party, CONNECTION, [String(localPort), to, String(port)])
}

/** The same for datagrams. */
export function sendFrom(world: World, party: string, localPort: number, to: Address, port: number): Peer {
  return start(world, party, SENDER, [String(localPort), to, String(port)])
}

/** Sends so many datagrams as fast as it can, whatever comes back. */
export async function burst(world: World, party: string, to: Address, port: number, count: number): Promise<void> {
  const peer = start(world, party, BURST, [to, String(port)])
  await peer.ask(String(count))
  peer.end()
}

/** Sends so many bytes over a new connection while it reads them back: `ok`, or what went wrong. */
export async function transfer(world: World, party: string, to: Address, port: number, bytes: number): Promise<string> {
  const peer = start(world, party, TRANSFER, [to, String(port)])
  const said = await peer.ask(String(bytes))
  peer.end()
  return said
}

/** Sends datagrams of so many bytes, one after the other; how many came back whole. */
export async function datagrams(
  world: World,
  party: string,
  to: Address,
  port: number,
  { bytes, count = 1, localPort = 0 }: { bytes: number; count?: number; localPort?: number },
): Promise<number> {
  const peer = start(world, party, DATAGRAMS, [to, String(port), String(localPort), String(bytes)])
  let whole = 0
  for (let i = 0; i < count; i++) if ((await peer.ask('')) === 'whole') whole++
  peer.end()
  return whole
}

function start(world: World, party: string, script: string, args: readonly string[]): Peer {
  const command = [`--net=/run/netns/${world.netns(party)}`, process.execPath, '-e', script, ...args]
  const child = spawn('nsenter', command, {
    stdio: ['pipe', 'pipe', 'inherit'],
  }) as unknown as ChildProcessWithoutNullStreams
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask(line) {
      child.stdin.write(`${line}\n`)
      const { value, done } = await lines.next()
      return done ? 'ended' : value
    },
    end: () => child.kill('SIGKILL'),
  }
}

const LINES = `const lines = require('node:readline').createInterface({ input: process.stdin })`

const ECHO = `${LINES}
const [address, port] = process.argv.slice(1)
const net = require('node:net').createServer(s => s.on('error', () => {}).pipe(s))
const udp = require('node:dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4')
udp.on('message', (data, from) => udp.send(data, from.port, from.address))
net.listen(Number(port), address, () => udp.bind(Number(port), address, () => lines.on('line', () => console.log('ready'))))`

const CONNECTION = `${LINES}
const [localPort, host, port] = process.argv.slice(1)
const s = require('node:net').connect({ host, port: Number(port), localPort: Number(localPort) })
let patience
const say = text => { clearTimeout(patience); console.log(text) }
s.on('error', e => say(e.code)).on('data', data => say(String(data).trim())).on('end', () => say('closed'))
lines.on('line', line => { patience = setTimeout(say, 5000, 'silent'); s.write(line + '\\n') })`

const SENDER = `${LINES}
const [localPort, host, port] = process.argv.slice(1)
const udp = require('node:dgram').createSocket(host.includes(':') ? 'udp6' : 'udp4')
let patience
const say = text => { clearTimeout(patience); console.log(text) }
udp.on('error', e => say(e.code)).on('message', data => say(String(data)))
udp.bind(Number(localPort), () => udp.connect(Number(port), host, () =>
  lines.on('line', line => { patience = setTimeout(say, 5000, 'silent'); udp.send(line) })))`

const BURST = `${LINES}
const [host, port] = process.argv.slice(1)
const udp = require('node:dgram').createSocket(host.includes(':') ? 'udp6' : 'udp4')
lines.on('line', count => {
  let left = Number(count)
  for (let i = Number(count); i > 0; i--) udp.send('x', Number(port), host, () => { if (--left === 0) console.log('sent') })
})`

const TRANSFER = `${LINES}
const [host, port] = process.argv.slice(1)
lines.on('line', bytes => {
  const patience = setTimeout(() => console.log('silent after ' + got + ' bytes'), 10000)
  let got = 0
  const s = require('node:net').connect({ host, port: Number(port) }, () => s.write(Buffer.alloc(Number(bytes), 7)))
  s.on('error', e => console.log(e.code)).on('data', data => {
    got += data.length
    if (got === Number(bytes)) { clearTimeout(patience); console.log('ok'); s.destroy() }
  })
})`

const DATAGRAMS = `${LINES}
const [host, port, localPort, bytes] = process.argv.slice(1)
const udp = require('node:dgram').createSocket(host.includes(':') ? 'udp6' : 'udp4')
const data = Buffer.alloc(Number(bytes), 7)
let patience
const say = text => { clearTimeout(patience); console.log(text) }
udp.on('message', got => say(got.equals(data) ? 'whole' : 'other'))
udp.on('error', e => say(e.code))
udp.bind(Number(localPort), () => udp.connect(Number(port), host, () =>
  lines.on('line', () => { patience = setTimeout(say, 2000, 'silent'); udp.send(data) })))`
