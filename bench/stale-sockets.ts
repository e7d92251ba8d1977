// SPDX-License-Identifier: Apache-2.0
/**
 * What destroyed costs an apply, and how long it takes: node bench/destroyed.ts [NAMESPACES [SOCKETS]]
 *
 * A world with a pod in each of NAMESPACES, with SOCKETS connected UDP sockets in each pod. Prints medians and ranges of
 * whole `balancing apply` processes, the seconds on the clock and those of CPU time with all children: with nothing to
 * write and no socket, the same with all sockets there, a changed backend without sockets, and one that all sockets had.
 */
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { printYaml } from '../src/spec/print.ts'
import { BINARY, inside, run } from '../test/kernel/balancing.ts'
import { service, specWith, vip } from '../test/kernel/specs.ts'
import { startTalker, type Talker } from '../test/kernel/talk.ts'
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
const file = `/tmp/${world.id}-destroyed.yaml`
const clients: Talker[] = []
const connects = Array.from({ length: sockets }, (_, i) => [`s${i} open 4 udp`, `s${i} connect ${vip(1)} 80`]).flat()
const connect = () => Promise.all(clients.map(client => client.talk(...connects)))
try {
  let round = 0
  const same = () => apply('p21')
  const other = () => apply(round++ % 2 === 0 ? 'p31' : 'p21')
  apply('p21')
  await report('nothing to write', same)
  await report('a backend for another', other)
  apply('p21')
  for (const { name } of pods) clients.push(startTalker(world, name))
  await connect()
  await report(`nothing to write, ${namespaces * sockets} sockets`, same)
  round = 0
  await report(`a backend for another, ${namespaces * sockets} sockets ended`, other, connect)
} finally {
  for (const client of clients) client.end()
  await run(['cleanup', ...inside(world)])
  rmSync(file, { force: true })
  await world.close()
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
