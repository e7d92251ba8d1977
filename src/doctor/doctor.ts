// SPDX-License-Identifier: Apache-2.0
import { Failure } from '../base/failure.ts'
import { nodeCgroup } from '../host/cgroups.ts'
import { rulePlaces } from '../host/rules.ts'
import type { History } from '../node/history/history.ts'
import { savedReader } from '../node/history/saved.ts'
import { inspectNode } from '../node/inspect-node.ts'
import { statusOf } from '../node/read-status.ts'
import { requireNowhereElse, requireOurs } from '../node/require-ours.ts'
import type { Check, Machine } from './check.ts'
import { CHECKS } from './checks.ts'
import { type Finding, type Found, failed, unknown } from './finding.ts'

/** What to examine. */
interface DoctorTarget {
  pinDir: string
  /** The root of the cgroup2 mount when absent. */
  cgroup: string | undefined
  object: string
  history: History
  /** The patterns of --pods. */
  pods: readonly string[]
}

/** Makes all checks, one after the other. Reads only. */
export async function examine(target: DoctorTarget): Promise<Finding[]> {
  const machine = machineAt(target)
  const findings: Finding[] = []
  for (const check of CHECKS) {
    const missing = check.needs?.filter(name => findings.find(f => f.name === name)?.result === 'fail') ?? []
    const found = missing.length > 0 ? unknown(`needs ${missing.join(', ')}`) : await make(check, machine)
    findings.push({ name: check.name, ...found })
  }
  return findings
}

async function make(check: Check, machine: Machine): Promise<Found> {
  try {
    return await check.run(machine)
  } catch (error) {
    if (error instanceof Failure) return failed(error)
    throw error
  }
}

function machineAt({ pinDir, cgroup, object, history, pods }: DoctorTarget): Machine {
  const cgroupOf = () => cgroup ?? nodeCgroup()
  const saved = savedReader(history)
  return {
    pinDir,
    cgroup: cgroupOf,
    object,
    history,
    pods,
    saved,
    node: once(async () => {
      const node = await inspectNode({ pinDir, cgroup: cgroupOf(), object })
      requireOurs(node.state)
      await requireNowhereElse(node.bpf, node.state, node.target)
      return { node, status: await statusOf(node, saved()) }
    }),
    rules: once(rulePlaces),
  }
}

/** A function that reads at its first call only. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return () => {
    answer ??= read()
    return answer
  }
}
