import type { Failure } from '../base/failure.ts'
import type { RulePlace } from '../host/rules.ts'
import type { History } from '../node/history/history.ts'
import type { ObservedNode } from '../node/inspect-node.ts'
import type { NodeStatus } from '../node/node-status.ts'

/**
 * What a check says. `fail`: apply would refuse to work here, or what was applied does not serve. `warn`: it works, and something
 * is lost or in the way. `unknown`: it could not be looked at.
 */
export type Outcome = 'ok' | 'warn' | 'fail' | 'unknown'

export interface Finding {
  name: string
  result: Outcome
  /** What is there, in a sentence. */
  found: string
  /** What to do about it; absent when nothing is to be done. */
  advice?: string
}

/** What is looked at. What several checks need is asked once, when the first of them asks. */
export interface Subject {
  pinDir: string
  /** A refusal (exit 4) when none is given and cgroup2 is not mounted. */
  cgroup: () => string
  object: string
  /** The specs that were put in place. */
  history: History
  /** What is pinned and attached. */
  node: () => Promise<{ node: ObservedNode; status: NodeStatus }>
  /** Chains and tables of this network namespace, and what cannot be listed. */
  rules: () => Promise<{ places: RulePlace[]; unknown: string[] }>
}

export interface Check {
  name: string
  /** What it finds out, in a few words. */
  about: string
  /** Checks without which this one can say nothing. */
  needs?: readonly string[]
  /** A Failure, thrown, is a `fail` with its sentence and its hint: the same that apply refuses with. */
  look(subject: Subject): Said | Promise<Said>
}

export type Said = Omit<Finding, 'name'>

export function ok(found: string): Said {
  return { result: 'ok', found }
}

export function warn(found: string, advice: string): Said {
  return { result: 'warn', found, advice }
}

export function unknown(found: string, advice?: string): Said {
  return advice === undefined ? { result: 'unknown', found } : { result: 'unknown', found, advice }
}

export function fail(found: string, advice?: string): Said {
  return advice === undefined ? { result: 'fail', found } : { result: 'fail', found, advice }
}

/** What a refusal says, as a finding. */
export function refused({ diagnostics }: Failure): Said {
  return fail(diagnostics.map(d => d.message).join('; '), diagnostics.find(d => d.hint !== undefined)?.hint)
}
