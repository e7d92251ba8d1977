/**
 * What healing costs an apply, and how long it takes: node bench/healing.ts [NAMESPACES [SOCKETS]]
 *
 * A world with one pod a namespace, SOCKETS connected UDP sockets in each. Prints the seconds of whole `balancing apply`
 * processes: with nothing to write and no socket, the same with all sockets there, and one that makes all of them stale.
 */
import { apply, inside, run } from '../test/kernel/balancing.ts'
import { service, specWith, vip } from '../test/kernel/specs.ts'
import { startTalker } from '../test/kernel/talk.ts'
import { STANDARD } from '../test/kernel/topology.ts'
import { createWorld } from '../test/kernel/world.ts'

const ROUNDS = 9
const [namespaces, sockets] = [Number(process.argv[2] ?? 100), Number(process.argv[3] ?? 10)]

function spec(pod: string) {
  const udp = service(1, pod)
  return specWith({ ...udp, ports: udp.ports.map(port => ({ ...port, protocol: 'UDP' as const })) })
}

const pods = Array.from({ length: namespaces }, (_, i) => ({
  name: `c${i}`,
  v4: `10.244.1.${100 + i}`,
  v6: `fd00:244:1::${100 + i}`,
}))
const [n1, ...others] = STANDARD.nodes
const world = await createWorld({ nodes: [{ ...n1!, pods }, ...others], outside: [], ports: [8080] })
const clients = pods.map(({ name }) => startTalker(world, name))
try {
  await apply(world, spec('p21'))
  await report('nothing to write, no socket', () => apply(world, spec('p21')))
  for (const client of clients) await client.talk(...connects())
  await report(`nothing to write, ${namespaces * sockets} sockets`, () => apply(world, spec('p21')))
  let round = 0
  await report(
    `${namespaces * sockets} sockets in ${namespaces} namespaces ended`,
    async () => {
      const said = await apply(world, spec(round++ % 2 === 0 ? 'p31' : 'p21'))
      if (!said.includes(`${namespaces * sockets} connected UDP sockets ended`)) throw new Error(said)
    },
    () => Promise.all(clients.map(client => client.talk(...connects()))),
  )
} finally {
  for (const client of clients) client.end()
  await run(['cleanup', ...inside(world)])
  await world.close()
}

function connects(): string[] {
  return Array.from({ length: sockets }, (_, i) => [`s${i} open 4 udp`, `s${i} connect ${vip(1)} 80`]).flat()
}

/** Median and range of the seconds that `work` takes; `after` is not counted. */
async function report(what: string, work: () => Promise<unknown>, after?: () => Promise<unknown>): Promise<void> {
  const seconds: number[] = []
  for (let i = 0; i < ROUNDS; i++) {
    const started = performance.now()
    await work()
    seconds.push((performance.now() - started) / 1000)
    await after?.()
  }
  seconds.sort((a, b) => a - b)
  const [least, median, most] = [seconds[0]!, seconds[ROUNDS >> 1]!, seconds[ROUNDS - 1]!].map(s => s.toFixed(3))
  console.log(`${what.padEnd(48)} ${median} s (${least}–${most})`)
}
