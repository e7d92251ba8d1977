// SPDX-License-Identifier: Apache-2.0
import type { AgentContext } from '../../agent/agent.ts'
import type { ReviewedExposure } from '../../agent/gate/reviewed-exposure.ts'
import { LiveAgent } from '../../agent/live-agent.ts'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import type { AgentOptions } from './agent-options.ts'

/** An agent of what an API server has, as far as it is reviewed, and what begins to watch it. A kubeconfig that cannot be used is exit 3. */
export async function liveAgent(
  { kubeconfig, context: name, apiserver = [], nodeAddresses }: AgentOptions,
  context: AgentContext,
  review?: ReviewedExposure,
): Promise<[LiveAgent, (signal: AbortSignal) => Promise<void>]> {
  const { findAccess, nodeNamed, reflect, SERVICES, SLICES, serversOf } = await import('../../apiserver/live.ts')
  const base = () => findAccess(kubeconfig, name)
  base()
  const agent = new LiveAgent(context, review)
  const sources = {
    base,
    urls: apiserver.map(requireUrl),
    learned: () => agent.apiServer().endpoints,
    vip: () => agent.apiServer().vip,
  }
  const { node } = context
  const nodes = nodeAddresses === 'own' && node !== null ? nodeNamed(node) : { kind: 'nodes' as const }
  const watch = (signal: AbortSignal) => {
    const { relist, done } = reflect(serversOf(sources, Math.random()), [SERVICES, SLICES, nodes], agent, signal)
    agent.relist = relist
    return done
  }
  return [agent, watch]
}

function requireUrl(text: string): URL {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text)
  const hint = 'it begins with https://'
  throw failure(EXIT.usage, 'bad-arguments', `--apiserver ${text} is no address of an API server`, hint)
}
