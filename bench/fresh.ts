import type { Bench } from './bench.ts'
import { programTable } from './columns.ts'
import { type Contest, compete } from './contest.ts'
import { hits, LOOPBACK, misses, type Size } from './many-services.ts'
import { nameOf, setupOf } from './setup.ts'

/** What our programs cost a socket that is made, connected and closed. */
export async function fresh(bench: Bench): Promise<string> {
  const contests: Contest[] = []
  for (const row of rows().filter(({ name }) => bench.only.test(name)))
    contests.push({ ...row, setup: await setupOf(bench, row.size) })
  process.stderr.write(`fresh sockets: ${bench.rounds} rounds\n`)
  const results = await compete(bench, contests, ['one', 'look', ...bench.variants.map(v => v.name)])
  return `## Fresh sockets: time of all programs\n
ns of all programs that run while a socket is made, connected and closed (TCP: over loopback to a listener, which accepts,
and closed by reset), by the kernel's own statistics: median [range] of ${bench.rounds} interleaved rounds. programs: how many of ours ran.\n
${programTable(contests, results, bench.variants)}`
}

function rows(): (Omit<Contest, 'setup'> & { size: Size })[] {
  return (['UDP', 'TCP'] as const).flatMap(protocol => {
    const row = (services: number, family: 4 | 6, what: string) => {
      const size: Size = { services, endpoints: 5, family, protocol }
      const addresses = what === 'hit' ? hits(size) : what === 'loopback' ? LOOPBACK[family] : misses(10_000)
      const operation = protocol === 'UDP' ? 'udp' : 'tcp'
      return { name: `${protocol} ${nameOf(size)}, ${what}`, operation, size, addresses, hit: what === 'hit' } as const
    }
    return [
      ...[10, 1_000, 10_000, 50_000].map(services => row(services, 4, 'hit')),
      row(10_000, 6, 'hit'),
      row(10_000, 4, 'off-cluster'),
      row(10_000, 4, 'loopback'),
      row(10_000, 6, 'loopback'),
    ]
  })
}
