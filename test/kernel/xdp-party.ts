// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'
import { type Arm, within } from './arm.ts'

export interface Party {
  child: ChildProcess
  /** Tells the party what to do; resolves to the names of the sockets that got an answer. */
  ask(what: string): Promise<string>
}

/**
 * Starts a process outside of an arm's node that is backend (p22, port 8080) and client at once. `open` makes a client of TCP
 * and UDP in each family for the VIPs 203.0.113.1 and .2 and 2001:db8::1 and ::2, under a name; `talk` uses them.
 */
export async function startParty({ outside: namespace }: Arm): Promise<Party> {
  for (const address of ['10.244.2.12/32', '192.168.50.100/32', 'fd00:244:2::12/128', 'fd00:50::100/128'])
    within(namespace, 'ip', ['address', 'add', address, 'dev', 'lo', ...(address.includes('::') ? ['nodad'] : [])])
  const child = spawn('nsenter', [`--net=/run/netns/${namespace}`, process.execPath, '-e', PARTY], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const ask = async (what: string) => {
    child.stdin!.write(`${what}\n`)
    return (await lines.next()).value as string
  }
  expect((await lines.next()).value).toBe('ready')
  return { child, ask }
}

const PARTY = `
const { createServer, connect } = require('node:net')
const { createSocket } = require('node:dgram')
const { createInterface } = require('node:readline')
const FAMILIES = [
  { name: 4, backend: '10.244.2.12', client: '192.168.50.100', vip: '203.0.113.' },
  { name: 6, backend: 'fd00:244:2::12', client: 'fd00:50::100', vip: '2001:db8::' },
]
const groups = new Map()
const soon = promise => Promise.race([promise, new Promise(resolve => setTimeout(resolve, 1500))])

function openTcp({ name, client, vip }) {
  const socket = connect({ host: vip + '1', port: 80, localAddress: client, noDelay: true })
  socket.on('error', () => {})
  const talk = () => new Promise(resolve => {
    socket.once('data', () => resolve('TCP' + name))
    socket.write('hello')
  })
  return { talk, opened: new Promise(resolve => socket.once('connect', resolve)) }
}

function openUdp({ name, client, vip }) {
  const socket = createSocket('udp' + name)
  socket.on('error', () => {})
  const talk = () => new Promise(resolve => {
    socket.once('message', () => resolve('UDP' + name))
    socket.send('hello', error => {})
  })
  const opened = new Promise(resolve => socket.bind({ address: client }, () => socket.connect(80, vip + '2', resolve)))
  return { talk, opened }
}

async function open(group) {
  const sockets = [openTcp, openUdp].flatMap(open => FAMILIES.map(open))
  groups.set(group, sockets)
  await Promise.all(sockets.map(socket => soon(socket.opened)))
}

async function talk(group) {
  const answers = await Promise.all(groups.get(group).map(socket => soon(socket.talk())))
  console.log(answers.filter(Boolean).join(' '))
}

async function main() {
  for (const { name, backend } of FAMILIES) {
    await new Promise(resolve => createServer(s => s.pipe(s).on('error', () => {})).listen(8080, backend, resolve))
    const udp = createSocket('udp' + name)
    udp.on('message', (data, from) => udp.send(data, from.port, from.address))
    await new Promise(resolve => udp.bind(8080, backend, resolve))
  }
  console.log('ready')
  for await (const line of createInterface({ input: process.stdin })) {
    const [what, group] = line.split(' ')
    if (what === 'open') await open(group)
    await talk(group)
  }
}
main()
`
