// SPDX-License-Identifier: Apache-2.0
import type { AgentContext } from '../../agent/agent.ts'
import { ConfigMapSource } from '../../agent/gate/config-map-source.ts'
import { ReviewedExposure } from '../../agent/gate/reviewed-exposure.ts'
import { SavedExposure } from '../../agent/gate/saved-exposure.ts'
import { SavedHold } from '../../agent/gate/saved-hold.ts'
import type { LiveAgent } from '../../agent/live-agent.ts'
import type { Result } from '../../base/diagnostic.ts'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { parseServiceName, serviceKey } from '../../spec/name.ts'
import type { Spec } from '../../spec/spec.ts'
import { type AgentOptions, historyOfAgent } from './agent-options.ts'
import { watchExposure } from './exposure-directory.ts'
import { exposurePlaceOf, formatExposurePlace, whereOf } from './exposure-flag.ts'
import { liveAgent } from './live.ts'

/** Without them nothing in a cluster works: the API server, and the cluster DNS of kubeadm, k3s, EKS and GKE. */
const NEVER_HELD = ['default/kubernetes', 'kube-system/kube-dns']

/** An agent of what an API server has, as far as a reviewed exposure allows it, and what begins to watch both. */
export async function gatedAgent(
  options: AgentOptions,
  context: AgentContext,
): Promise<[LiveAgent, (signal: AbortSignal) => Promise<void>]> {
  const { gate: scope, alwaysAllow = [], dryRun } = options
  const place = exposurePlaceOf(options)
  const review = new ReviewedExposure({
    scope,
    neverHeld: [...NEVER_HELD, ...alwaysAllow.map(requireServiceName)],
    source: formatExposurePlace(place),
    log: context.log,
    ...(dryRun ? {} : { saved: savedIn(historyOfAgent(options).directory) }),
  })
  context.status.exposure = () => review.status()
  const offer = (exposure: Result<Spec>) => review.offer(exposure)
  if (!('directory' in place)) {
    const { status, log } = context
    const listener = new ConfigMapSource({ where: whereOf(place), offer, status, log })
    return liveAgent(options, context, review, { watched: { kind: 'configmaps', ...place }, listener })
  }
  const [agent, watch] = await liveAgent(options, context, review)
  const watchBoth = async (signal: AbortSignal) => {
    await Promise.all([watch(signal), watchExposure(place.directory, offer, signal)])
  }
  return [agent, watchBoth]
}

function savedIn(directory: string) {
  return { exposure: new SavedExposure(directory), hold: new SavedHold(directory) }
}

function requireServiceName(text: string): string {
  const name = parseServiceName(text)
  if (name) return serviceKey(name)
  throw failure(EXIT.usage, 'bad-arguments', `--always-allow ${text} is no Service: it is NAMESPACE/NAME`)
}
