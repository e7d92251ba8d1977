// SPDX-License-Identifier: Apache-2.0
import type { RulePlace } from '../host/rules.ts'
import type { History } from '../node/history/history.ts'
import type { Saved } from '../node/history/saved.ts'
import type { ObservedNode } from '../node/inspect-node.ts'
import type { NodeStatus } from '../node/node-status.ts'
import type { Found } from './finding.ts'

/** One check of the machine. */
export interface Check {
  /** Stable, kebab-case; scripts may match on it. */
  name: string
  /** What must be true, in a few words. */
  about: string
  /** The checks without which this one cannot be made. */
  needs?: readonly string[]
  /** Reads only. A Failure that it throws is a `fail`, with the message and hint that apply would print. */
  run(machine: Machine): Found | Promise<Found>
}

/** What checks read. What several checks need is read once, when the first of them asks. */
export interface Machine {
  pinDir: string
  /** The cgroup to serve. Throws a Failure (exit 4) when none is given and cgroup2 is not mounted. */
  cgroup: () => string
  /** The compiled programs that this build ships. */
  object: string
  /** The specs that were applied here. */
  history: History
  /** The newest of them, or why there is none. */
  saved: () => Saved | string
  /** Patterns of the names of pods' devices that apply is given. */
  pods: readonly string[]
  /** What is pinned and attached, and the judgement of it that `balancing status` prints. */
  node: () => Promise<{ node: ObservedNode; status: NodeStatus }>
  /** The chains and tables of this network namespace, and why some cannot be listed. */
  rules: () => Promise<{ places: RulePlace[]; unknown: string[] }>
}
