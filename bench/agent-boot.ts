// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { printYaml } from '../src/spec/print.ts'
import { ENDPOINTS, SERVICES } from './agent-objects.ts'
import type { Bench } from './bench.ts'
import { keepTrack, run } from './child.ts'
import { NODE, type Size, specOf, vip } from './many-services.ts'
import { newCgroup } from './scratch.ts'

const BOOTS = 5
const SIZE: Size = { services: SERVICES, endpoints: ENDPOINTS, family: 4, protocol: 'TCP' }
/** A port that no Service has at a cluster IP: the programs refuse it, and without them no packet is sent. */
const UNKNOWN_PORT = 9

const NOBODY = `
apiVersion: v1
kind: Config
current-context: none
contexts: [{ name: none, context: { cluster: none, user: none } }]
clusters: [{ name: none, cluster: { server: "https://127.0.0.1:1" } }]
users: [{ name: none, user: { token: none } }]
`

/** Joins a cgroup, says so, and connects until a program refuses; then it says that. */
const DIALLER = `
const { writeFileSync } = require('node:fs')
const { createSocket } = require('node:dgram')
writeFileSync(process.argv[1] + '/cgroup.procs', String(process.pid))
console.log('ready')
const dial = () => {
  const socket = createSocket('udp4')
  socket.connect(${UNKNOWN_PORT}, process.argv[2], error => {
    socket.close()
    if (error) console.log('refused')
    else setImmediate(dial)
  })
}
dial()
`

/** Seconds from the start of an agent, on a node that has its checkpoint and nothing in the kernel, until a connect is served. */
export async function bootTimes({ scratch, variants: [variant] }: Bench): Promise<number[]> {
  const cgroup = newCgroup(scratch, 'boot')
  const pins = join(scratch.pins, 'boot')
  const spec = join(scratch.files, 'boot.spec')
  const kubeconfig = join(scratch.files, 'boot.kubeconfig')
  writeFileSync(spec, printYaml(specOf(SIZE)))
  writeFileSync(kubeconfig, NOBODY)
  const where = [
    '--node',
    NODE,
    '--cgroup',
    cgroup,
    '--pin-dir',
    pins,
    '--state-dir',
    join(scratch.files, 'boot.state'),
  ]
  await run(variant.balancing, ['apply', '-f', spec, ...where])
  const times: number[] = []
  for (let boot = 0; boot < BOOTS; boot++) {
    process.stderr.write(`agent: boot ${boot + 1} of ${BOOTS}\n`)
    rmSync(pins, { recursive: true })
    rmdirSync(cgroup)
    mkdirSync(cgroup)
    times.push(await bootOnce(variant.balancing, ['agent', ...where, '--kubeconfig', kubeconfig], cgroup))
  }
  return times
}

async function bootOnce(balancing: string, args: readonly string[], cgroup: string): Promise<number> {
  const dialler = keepTrack(
    spawn(process.execPath, ['-e', DIALLER, cgroup, vip(SIZE, SERVICES - 1)], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  )
  const left = new Promise(resolve => dialler.on('close', resolve))
  const said = createInterface({ input: dialler.stdout })[Symbol.asyncIterator]()
  await said.next()
  const began = performance.now()
  const agent = keepTrack(spawn(balancing, args, { detached: true, stdio: 'ignore' }))
  const ended = new Promise(resolve => agent.on('close', resolve))
  await said.next()
  const seconds = (performance.now() - began) / 1000
  agent.kill('SIGTERM')
  await Promise.all([left, ended])
  return seconds
}
