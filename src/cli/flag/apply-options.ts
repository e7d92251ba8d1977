// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from 'commander'
import type { ApplyRequest, ApplyResult } from '../../node/apply.ts'
import { ALL_WAIVERS, type Waiver } from '../../node/guards/guards.ts'
import type { PlanFile } from '../../plan/plan-file.ts'
import type { Spec } from '../../spec/spec.ts'
import { reviewChangeset } from '../output/changeset-text.ts'
import { printApplyJson } from '../output/outcome-json.ts'
import { printApply, printTried, remarksOn } from '../output/outcome-text.ts'
import { saySigns } from '../output/signs.ts'
import { answer, answerDone, say } from '../output/streams.ts'
import { VERSION } from '../version.ts'
import { type DeviceOptions, devicesOf, namedDevices, withDevices } from './devices.ts'
import { type PodOptions, podsOf, withPods } from './pods.ts'
import { secondsFrom } from './seconds.ts'
import { type StateOptions, type TargetOptions, withState, withTarget } from './target.ts'
import { withXdp, type XdpOptions, xdpChoiceOf } from './xdp.ts'

/** The flags of a command that applies: apply and rollback. */
export interface ApplyOptions extends TargetOptions, StateOptions, DeviceOptions, XdpOptions, PodOptions {
  dryRun?: boolean
  force?: boolean
  lockTimeout: number
  output: 'text' | 'json'
}

/** `edges`, `xdp` and `pods`: what is taken when the command line does not say. */
export function withApply(
  command: Command,
  edges: string,
  xdp?: string,
  pods?: Parameters<typeof withPods>[1],
): Command {
  return withPods(withXdp(withDevices(withState(withTarget(command)), edges), xdp), pods)
    .option('--dry-run', 'show what would change; stage a generation where one is needed, and remove it again')
    .option('--force', 'allow every change that looks like a mistake')
    .option('--lock-timeout <seconds>', 'how long to wait for another apply', secondsFrom(0), 10)
    .addOption(new Option('-o, --output <form>', 'the form of the answer').choices(['text', 'json']).default('text'))
}

/** The request of a command line; `waived` beside what --force waives. A plan says itself which edges there are, and whether they get XDP. */
export function requestOf(
  spec: Spec,
  node: string | null,
  by: ApplyRequest['by'],
  options: ApplyOptions,
  waived: readonly Waiver[],
  plan?: PlanFile,
): ApplyRequest {
  const { dryRun = false, force = false } = options
  const devices = plan ? namedDevices(plan.edges) : devicesOf(options, 'facts')
  const xdp = plan ? (plan.xdp ?? 'auto') : xdpChoiceOf(options)
  const pods = plan ? plan.pods : podsOf(options)
  const { sockets = 'all' } = plan ?? options
  return {
    spec,
    node,
    by,
    build: VERSION,
    dryRun,
    devices,
    xdp,
    pods,
    sockets,
    waived: force ? ALL_WAIVERS : new Set(waived),
  }
}

/** Prints what an apply did: remarks to stderr, the answer to stdout. */
export function showResult(
  result: ApplyResult,
  verb: 'applied' | 'rolled back to',
  milliseconds: number,
  { output }: ApplyOptions,
): void {
  const text = output === 'json' ? printApplyJson(result, milliseconds / 1000) : printApply(result, verb, milliseconds)
  if (result.outcome === 'dry run') {
    say(`checked: ${printTried(result.tried)}`)
    answer(text)
    if (output === 'text') saySigns(reviewChangeset(result.changeset, result.names))
    return
  }
  for (const remark of remarksOn(result.sockets)) say(remark)
  answerDone(text)
}
