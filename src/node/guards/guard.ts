// SPDX-License-Identifier: Apache-2.0
import type { ExitCode } from '../../base/exit.ts'
import type { Names } from '../../report/change/print.ts'
import type { Spec } from '../../spec/spec.ts'
import type { Changeset } from '../changeset.ts'
import type { Entry } from '../history/entry.ts'
import type { ObservedNode } from '../inspect-node.ts'

/** What an apply is about to do, as guards see it. */
export interface GuardSubject {
  node: ObservedNode
  changeset: Changeset
  names: Names
  spec: Spec
  revision: string
  /** The history, oldest first. */
  entries: readonly Entry[]
}

/** Refuses an apply that looks like a mistake. A caller who means it waives the guard by its code. */
export interface Guard {
  code: string
  exitCode: ExitCode
  /** Why it refuses, and how to go on all the same; undefined when it lets the apply pass. */
  check(subject: GuardSubject): Refusal | undefined
}

interface Refusal {
  message: string
  hint: string
}
