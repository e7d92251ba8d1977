// SPDX-License-Identifier: Apache-2.0
import type { Bench } from './bench.ts'
import { legend, programTable } from './columns.ts'
import { type Contest, compete } from './contest.ts'

/** What our programs cost a socket that is made, connected and closed. */
export async function fresh(bench: Bench): Promise<string> {
  const results = await compete(bench, contests(), ['one', 'look', ...bench.variants.map(variant => variant.name)])
  return `## Fresh sockets: time of all programs\n
All programs that run while a socket is made, connected and closed: TCP over loopback to a listener, which accepts, and
closed by reset.\n
${legend(bench.rounds)}\n
${programTable(results, bench.variants)}`
}

function contests(): Contest[] {
  return (['UDP', 'TCP'] as const).flatMap(protocol => {
    const contest = (services: number, family: 4 | 6, to: Contest['to']): Contest => ({
      operation: protocol === 'UDP' ? 'udp' : 'tcp',
      size: { services, endpoints: 5, family, protocol },
      to,
    })
    return [
      ...[10, 1_000, 10_000, 50_000].map(services => contest(services, 4, 'hit')),
      contest(10_000, 6, 'hit'),
      contest(10_000, 4, 'miss'),
      contest(10_000, 4, 'loopback'),
      contest(10_000, 6, 'loopback'),
    ]
  })
}
