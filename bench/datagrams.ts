// SPDX-License-Identifier: Apache-2.0
import { keyOf } from './applied.ts'
import type { Bench } from './bench.ts'
import { legend, programTable } from './columns.ts'
import { type Contest, compete, type Operation } from './contest.ts'
import type { Size } from './many-services.ts'

/** What our programs cost a datagram of an unconnected UDP socket. */
export async function datagrams(bench: Bench): Promise<string> {
  const variants = bench.variants.map(variant => variant.name)
  const results = await compete(bench, contests(), ['one', 'look', ...variants])
  const connects = results.filter(({ operation }) => operation === 'connect')
  const floor = {
    name: '× look at connect()',
    of: ({ size }: Contest) => connects.find(other => keyOf(other.size) === keyOf(size))?.times.get('look'),
  }
  return `## Unconnected UDP: time of the program for one datagram\n
sendmsg4 (answer: recvmsg4). First and second datagram, answer: 1,000 sockets a batch, one datagram each. \`look\` does its
lookup in the same hook; × look at connect(): in connect() of one socket, as in the first row of the size.\n
${legend(bench.rounds)}\n
${programTable(results, bench.variants, floor)}`
}

const EACH: readonly Operation[] = ['connect', 'first', 'second', 'answer']
const ONCE: readonly Operation[] = ['again', 'turns', 'answers']
const MISSED: readonly Operation[] = ['first', 'again', 'answer']

function contests(): Contest[] {
  const hits = (operations: readonly Operation[], size: Size) =>
    operations.map((operation): Contest => ({ operation, size, to: 'hit' }))
  return [
    ...hits(EACH, sizeOf(10, 4)),
    ...hits(EACH, sizeOf(1_000, 4)),
    ...hits([...EACH, ...ONCE], sizeOf(10_000, 4)),
    ...hits(EACH, sizeOf(50_000, 4)),
    ...hits([...EACH, ...ONCE], sizeOf(10_000, 6)),
    ...MISSED.map((operation): Contest => ({ operation, size: sizeOf(10_000, 4), to: 'miss' })),
  ]
}

function sizeOf(services: number, family: 4 | 6): Size {
  return { services, endpoints: 5, family, protocol: 'UDP' }
}
