// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Arm, attachTc, attachXdp, detachTc, makeArm, NODE_ADDRESSES, within } from './arm.ts'
import { dualService, EdgeRig } from './edge-rig.ts'
import { service } from './specs.ts'
import { describeKernel } from './suite.ts'
import { pinsOf, removeTraces } from './traces.ts'

const ID = `bal-${process.pid}-1`

describeKernel('native XDP on a veth pair', () => {
  let rig: EdgeRig
  let arm: Arm
  let party: Party
  beforeAll(async () => {
    rig = new EdgeRig(pinsOf(ID))
    arm = makeArm(ID, 'native')
    const nat = { nat4: NODE_ADDRESSES[4], nat6: NODE_ADDRESSES[6] }
    const edges = {
      devices: [{ device: 'node', ifindex: arm.nodeIndex, rawIp: false, ...nat }],
      otherProxy: false,
    }
    rig.serve([dualService(service(1, 'p22'), 'TCP'), dualService(service(2, 'p22'), 'UDP')], edges)
    for (const address of ['10.244.2.12/32', '192.168.50.100/32', 'fd00:244:2::12/128', 'fd00:50::100/128'])
      within(arm.outside, 'ip', ['address', 'add', address, 'dev', 'lo', ...(address.includes('::') ? ['nodad'] : [])])
    party = await startParty(arm.outside)
  })
  afterAll(() => {
    party?.child.kill('SIGKILL')
    rig?.close()
    removeTraces(ID)
  })

  it('carries TCP and UDP of both families alone, once tc has begun the flows', async () => {
    const [arrive, depart] = [rig.programs.program('arrive'), rig.programs.program('depart')]
    attachTc(arm, arrive, depart)
    // A veth device takes what its peer transmits by XDP only when it has a program itself.
    for (const [namespace, device] of [
      [arm.outside, 'outside'],
      [arm.node, 'node'],
    ] as const)
      attachXdp(namespace, device, rig.programs.program('express'))
    expect(await party.ask('open first')).toBe('TCP4 TCP6 UDP4 UDP6')
    for (let i = 0; i < 3; i++) expect(await party.ask('talk first')).toBe('TCP4 TCP6 UDP4 UDP6')
    detachTc(arm)
    for (let i = 0; i < 3; i++) expect(await party.ask('talk first')).toBe('TCP4 TCP6 UDP4 UDP6')
    expect(await party.ask('open second')).toBe('')
    attachTc(arm, arrive, depart)
    for (let i = 0; i < 3; i++) expect(await party.ask('talk first')).toBe('TCP4 TCP6 UDP4 UDP6')
    expect(await party.ask('open third')).toBe('TCP4 TCP6 UDP4 UDP6')
  })
})

interface Party {
  child: ChildProcess
  /** Tells the party what to do; resolves to the names of the sockets that got an answer. */
  ask(what: string): Promise<string>
}

/** A process in a network namespace that is backend and client at once. */
async function startParty(namespace: string): Promise<Party> {
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
