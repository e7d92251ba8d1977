import type { Bench } from './bench.ts'
import { programTable } from './columns.ts'
import { type Contest, compete, type Operation } from './contest.ts'
import type { Size } from './many-services.ts'

/** What our programs cost a datagram of an unconnected UDP socket. */
export async function datagrams(bench: Bench): Promise<string> {
  const variants = bench.variants.map(variant => variant.name)
  const results = await compete(bench, contests(), ['one', 'look', ...variants])
  const connects = results.filter(({ operation }) => operation === 'connect')
  const floor = {
    name: '× look at connect()',
    of: ({ size }: Contest) => connects.find(other => sameSize(other.size, size))?.times.get('look')?.programs,
  }
  return `## Unconnected UDP: time of the program for one datagram\n
ns of sendmsg4 (answer: of recvmsg4), 1,000 sockets a batch, one datagram each: a socket's first one, its second one to the
same VIP, and the fourth of a socket that sends to two VIPs in turns; an answer to the first. \`look\` does its lookup in the
same hook, or (second ratio) in connect() of one socket again and again, which keeps the caches warmest. Median [range] of ${bench.rounds}
interleaved rounds.\n
${programTable(results, bench.variants, floor)}`
}

const OPERATIONS: readonly Operation[] = ['connect', 'first', 'again', 'alternate', 'answer']
const MISSED: readonly Operation[] = ['first', 'again', 'answer']

function contests(): Contest[] {
  const sizes = ([10, 1_000, 10_000, 50_000] as const).map(services => sizeOf(services, 4))
  return [
    ...[...sizes, sizeOf(10_000, 6)].flatMap(size =>
      OPERATIONS.map((operation): Contest => ({ operation, size, to: 'hit' })),
    ),
    ...MISSED.map((operation): Contest => ({ operation, size: sizeOf(10_000, 4), to: 'miss' })),
  ]
}

function sameSize(a: Size, b: Size): boolean {
  return a.services === b.services && a.family === b.family
}

function sizeOf(services: number, family: 4 | 6): Size {
  return { services, endpoints: 5, family, protocol: 'UDP' }
}
