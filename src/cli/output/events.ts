// SPDX-License-Identifier: Apache-2.0
import { count, thousands } from '../../base/count.ts'
import type { NodeEvent } from '../../node/events.ts'
import { progress, say } from './streams.ts'

/** Shows on stderr what a use case is doing: notices as lines, stages as progress. */
export function showEvent(event: NodeEvent): void {
  switch (event.kind) {
    case 'notice':
      return say(`${event.severity}: ${event.message}`)
    case 'compiling':
      return progress('compiling')
    case 'planned':
      return
    case 'staging':
      return progress('staging a generation', amountOf(event))
    case 'writing':
      return progress('programming', amountOf(event))
    case 'verifying':
      return progress('reading back')
    case 'destroying sockets':
      return progress('destroying stale sockets')
  }
}

/** bpftool writes so many in more than a few seconds. */
const LONG_WRITES = 200_000

/** `1,200 of 21,125 map writes`. Where there is no terminal, only the start of long work is a line. */
function amountOf({ done, total }: { done: number; total: number }): { text: string; isLong: boolean } {
  return { text: `${thousands(done)} of ${count(total, 'map write')}`, isLong: done === 0 && total > LONG_WRITES }
}
