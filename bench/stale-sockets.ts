// SPDX-License-Identifier: Apache-2.0
/**
 * What destroying stale sockets costs an apply, and how long it takes:
 *
 *     node bench/stale-sockets.ts [NAMESPACES [SOCKETS [ss]]]
 *
 * `ss`: as on kernels before 6.5, without the program that destroys them in one walk. A world with a pod in each of NAMESPACES, with SOCKETS connected UDP sockets in each pod. Prints medians and ranges of
 * whole `balancing apply` processes, the seconds on the clock and those of CPU time with all children: with nothing to
 * write and no socket, the same with all sockets there, a changed backend without sockets, and one that all sockets had.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { printYaml } from '../src/spec/print.ts'
import { BINARY, inside, run } from '../test/kernel/balancing.ts'
import { service, specWith, vip } from '../test/kernel/specs.ts'
import { startTalker, type Talker } from '../test/kernel/talk.ts'
import { makeTool } from '../test/kernel/tool.ts'
import { STANDARD } from '../test/kernel/topology.ts'
import { createWorld } from '../test/kernel/world.ts'

const ROUNDS = 9
const [namespaces, sockets] = [Number(process.argv[2] ?? 100), Number(process.argv[3] ?? 10)]
const pods = Array.from({ length: namespaces }, (_, i) => ({
  name: `c${i}`,
  v4: `10.244.1.${50 + i}`,
  v6: `fd00:244:1::${50 + i}`,
}))
const [n1, ...others] = STANDARD.nodes
const world = await createWorld({ nodes: [{ ...n1!, pods }, ...others], outside: [], ports: [8080] })
const folder = mkdtempSync(join(tmpdir(), 'balancing-bench-'))
const file = join(folder, 'spec.yaml')
/** Stands for bpftool on a kernel that has no bpf_sock_destroy. */
const OLD = `case "$*" in *"iter pin"*destroy_sockets*) exit 255 ;; esac
exec bpftool "$@"`
const env = process.argv[4] === 'ss' ? { ...process.env, BALANCING_BPFTOOL: makeTool(folder, OLD) } : process.env
/** A process has this many sockets at most. */
const A_CLIENT = 1000
const clients: { talker: Talker; calls: string[] }[] = []
const connect = async () => {
  const answers = await Promise.all(clients.map(({ talker, calls }) => talker.talk(...calls)))
  const failed = answers.flat().find(answer => answer !== 'ok')
  if (failed !== undefined) throw new Error(`a client got ${failed}`)
}
try {
  let round = 0
  const same = () => apply('p21')
  const other = () => apply(round++ % 2 === 0 ? 'p31' : 'p21')
  apply('p21')
  await report('nothing to write', same)
  await report('a backend for another', other)
  apply('p21')
  for (const { name } of pods) startClients(name)
  await connect()
  await report(`nothing to write, ${namespaces * sockets} sockets`, same)
  round = 0
  await report(`a backend for another, ${namespaces * sockets} sockets ended`, other, connect)
} finally {
  for (const { talker } of clients) talker.end()
  await run(['cleanup', ...inside(world)])
  rmSync(folder, { recursive: true })
  await world.close()
}

/** The clients of a pod, and the calls by which each opens and connects its sockets. */
function startClients(pod: string): void {
  const range = 'echo 1024 65535 > /proc/sys/net/ipv4/ip_local_port_range'
  execFileSync('nsenter', [`--net=/run/netns/${world.netns(pod)}`, 'sh', '-c', range])
  for (let first = 0; first < sockets; first += A_CLIENT) {
    const names = Array.from({ length: Math.min(A_CLIENT, sockets - first) }, (_, i) => `s${i}`)
    const calls = names.flatMap(name => [`${name} open 4 udp`, `${name} connect ${vip(1)} 80`])
    clients.push({ talker: startTalker(world, pod), calls })
  }
}

/** Applies a UDP Service with this pod; seconds on the clock and of CPU time. */
function apply(pod: string): number[] {
  const udp = service(1, pod)
  writeFileSync(
    file,
    printYaml(specWith({ ...udp, ports: udp.ports.map(port => ({ ...port, protocol: 'UDP' as const })) })),
  )
  const command = [BINARY, 'apply', '-f', file, '--node', 'n1', ...inside(world)]
  const { stderr } = spawnSync('bash', ['-c', 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null', '-', ...command], {
    encoding: 'utf8',
    env,
  })
  const [real, user, system] = stderr.trim().split(' ').map(Number)
  if (system === undefined || Number.isNaN(system)) throw new Error(stderr)
  return [real!, user! + system]
}

/** `after` is not counted. */
async function report(what: string, work: () => number[], after?: () => Promise<unknown>): Promise<void> {
  const rounds: number[][] = []
  for (let i = 0; i < ROUNDS; i++) {
    rounds.push(work())
    await after?.()
  }
  const columns = ['clock', 'CPU'].map((name, column) => {
    const seconds = rounds.map(round => round[column]!).sort((a, b) => a - b)
    const [least, median, most] = [seconds[0]!, seconds[ROUNDS >> 1]!, seconds[ROUNDS - 1]!].map(s => s.toFixed(3))
    return `${name} ${median} (${least}–${most})`
  })
  console.log(`${what.padEnd(44)} ${columns.join('   ')}`)
}
