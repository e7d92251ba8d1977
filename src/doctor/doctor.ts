import { Failure } from '../base/failure.ts'
import { cgroup2Root } from '../host/mounts.ts'
import { rulePlaces } from '../host/rules.ts'
import type { History } from '../node/history/history.ts'
import { savedReader } from '../node/history/saved.ts'
import { inspectNode } from '../node/inspect-node.ts'
import { statusOf } from '../node/read-status.ts'
import { requireNowhereElse, requireOurs } from '../node/require-ours.ts'
import { applied } from './applied.ts'
import { calico, cilium, foreign } from './attached-programs.ts'
import type { Check, Finding, Said, Subject } from './finding.ts'
import { refused, unknown } from './finding.ts'
import { history } from './history.ts'
import { kernel, lockedMemory } from './kernel.ts'
import { iptables, ipvs, nftables } from './kube-proxy.ts'
import { networkNamespace, pidNamespace } from './namespaces.ts'
import { bpffs, cgroup2, permission } from './places.ts'
import { bpftool, flock, programs, udpSockets } from './tools.ts'

/** In the order in which they are printed: each stands behind those that it needs. */
export const CHECKS: readonly Check[] = [
  permission,
  kernel,
  bpffs,
  cgroup2,
  bpftool,
  programs,
  flock,
  udpSockets,
  lockedMemory,
  pidNamespace,
  networkNamespace,
  history,
  applied,
  foreign,
  cilium,
  calico,
  iptables,
  nftables,
  ipvs,
]

/** Where to look. */
export interface Place {
  pinDir: string
  /** The root of the cgroup2 mount when absent. */
  cgroup: string | undefined
  object: string
  history: History
}

/** Makes all checks, one after the other. Reads only, and leaves everything as it is. */
export async function examine(place: Place): Promise<Finding[]> {
  const subject = subjectOf(place)
  const findings: Finding[] = []
  for (const check of CHECKS) {
    const missing = check.needs?.filter(name => findings.find(f => f.name === name)?.result === 'fail') ?? []
    const said =
      missing.length > 0 ? unknown(`cannot be looked at: see ${missing.join(', ')}`) : await saidBy(check, subject)
    findings.push({ name: check.name, ...said })
  }
  return findings
}

async function saidBy(check: Check, subject: Subject): Promise<Said> {
  try {
    return await check.look(subject)
  } catch (error) {
    if (error instanceof Failure) return refused(error)
    throw error
  }
}

function subjectOf({ pinDir, cgroup, object, history }: Place): Subject {
  const cgroupOf = () => cgroup ?? cgroup2Root()
  return {
    pinDir,
    cgroup: cgroupOf,
    object,
    history,
    node: once(async () => {
      const node = await inspectNode({ pinDir, cgroup: cgroupOf(), object })
      requireOurs(node.state)
      await requireNowhereElse(node.bpf, node.state, node.target)
      return { node, status: await statusOf(node, savedReader(history)()) }
    }),
    rules: once(rulePlaces),
  }
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return () => {
    answer ??= ask()
    return answer
  }
}
