import { count } from '../../base/count.ts'
import type { NodeEvent } from '../../node/events.ts'
import { progress, say } from './streams.ts'

/** Shows on stderr what a use case is doing: remarks as lines, stages as progress. */
export function showEvent(event: NodeEvent): void {
  if (event.kind === 'notice') return say(`${event.severity}: ${event.message}`)
  const stage = stageOf(event)
  if (stage !== undefined) progress(stage)
}

function stageOf(event: Exclude<NodeEvent, { kind: 'notice' }>): string | undefined {
  switch (event.kind) {
    case 'compiling':
      return 'compiling'
    case 'planned':
      return undefined
    case 'staging':
      return `staging a generation, ${count(event.writes, 'map write')}`
    case 'writing':
      return `programming, ${count(event.total, 'map write')}`
    case 'verifying':
      return 'reading back'
    case 'destroying sockets':
      return 'destroying stale sockets'
  }
}
