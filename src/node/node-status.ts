// SPDX-License-Identifier: Apache-2.0
import type { SocketScope } from '../bpf/generation/socket-scope.ts'
import type { ForeignFilter } from '../bpf/hooks/foreign-filters.ts'
import type { ForeignProgram } from '../bpf/hooks/foreign-program.ts'
import type { EdgeCounts } from '../bpf/maps/edge-counts.ts'
import type { FlowUse } from '../bpf/maps/flow-use.ts'
import type { Drift } from '../report/drift/drift.ts'
import type { Damage } from './damage.ts'
import type { EdgeStatus } from './edges/edge-status.ts'
import type { Unserved } from './edges/unserved.ts'
import type { Entry } from './history/entry.ts'
import type { MapStatus } from './status-maps.ts'

/** How a node stands, and all that the judgement rests on. */
export interface NodeStatus {
  syncState: SyncState
  /** Why, in a sentence. */
  reason: string
  pinDir: string
  cgroup: string
  /** What the maps say; null when nothing serves, or their revision is missing. */
  revision: string | null
  /** The newest entry of the history: what was applied, when, for which node, by which build; null when it cannot be read. */
  applied: Entry | null
  /** Entries that differ from the spec that was applied last. */
  drift: Drift[]
  /** Why drift cannot be told. */
  driftUnknown: string | null
  /** Each program that the maps need, as far as this build can tell, or that exists. */
  programs: Record<string, ProgramState>
  /** Whose sockets are translated; null when nothing serves, or it cannot be read. */
  sockets: SocketScope | null
  /** The devices that have, or are to have, programs. */
  edges: EdgeStatus[]
  /** What packets met at the edges since this generation was made; null without edges, or when it cannot be read. */
  edgeCounts: EdgeCounts | null
  /** The flows that have records, and evictions; null without edges, or when it cannot be told. */
  flows: FlowUse | null
  /** Why it cannot be told. */
  flowsUnknown: string | null
  /** Whether the programs that serve are those of this build. */
  thisBuild: boolean
  /** Layout of the maps; this build reads only its own. */
  layout: string | null
  /** What this kernel lacks, by feature: what is lost by it. */
  degraded: Record<string, string>
  configMaps: Record<string, MapStatus & { entries: number }>
  stateMaps: Record<string, MapStatus>
  /** Foreign programs at the hooks of this cgroup, and in the cgroups above and below it. */
  foreignPrograms: ForeignProgram[]
  /** Why those below are not known. */
  foreignUnknown: string | null
  /** Foreign filters that packets of an edge meet before our programs, and that may end the chain. */
  foreignFilters: ForeignFilter[]
  /** Backends of the spec that was applied last to which no route leads by an edge. */
  unserved: readonly Unserved[]
  /** Programs of balancing whose pins are gone. */
  orphanedPrograms: { id: number; hook: string; name: string }[]
  /** Worst first. */
  damage: Damage[]
  /** Pins of generations that an unfinished apply left. The next apply removes them. */
  unfinished: string[]
}

export type ProgramState = 'attached' | 'detached' | 'missing'

/**
 * `damaged`: something that apply makes is not as it left it. `drifted`: entries differ from the spec that was applied last.
 * `unknown`: no such spec can be read.
 */
export type SyncState = 'in-sync' | 'drifted' | 'damaged' | 'unknown' | 'nothing-applied'
