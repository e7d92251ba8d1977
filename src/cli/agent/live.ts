// SPDX-License-Identifier: Apache-2.0
import type { AgentContext } from '../../agent/agent.ts'
import type { ReviewedExposure } from '../../agent/gate/reviewed-exposure.ts'
import { LiveAgent } from '../../agent/live-agent.ts'
import type { Log } from '../../agent/log.ts'
import type { Watched } from '../../apiserver/watch/kinds.ts'
import type { Listener } from '../../apiserver/watch/listener.ts'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { chosenNode } from '../input/spec-file.ts'
import { type AgentOptions, modeOf } from './agent-options.ts'
import { byKind } from './by-kind.ts'
import { recordEvents, recordLocked } from './events.ts'

/** How long an agent that cannot begin tells so, in milliseconds. */
const TELL_MS = 5000

/** Objects that are followed beside those of the agent. */
interface Followed {
  watched: Watched
  listener: Listener
}

/** An agent of what an API server has, as far as it is reviewed, and what begins to watch it. A kubeconfig that cannot be used is exit 3. */
export async function liveAgent(
  { kubeconfig, context: name, apiserver = [], nodeAddresses, dryRun }: AgentOptions,
  context: AgentContext,
  review?: ReviewedExposure,
  exposure?: Followed,
): Promise<[LiveAgent, (signal: AbortSignal) => Promise<void>]> {
  const { findAccess, nodeNamed, reflect, sender, SERVICES, SLICES, serversOf } = await import(
    '../../apiserver/live.ts'
  )
  const base = () => findAccess(kubeconfig, name)
  base()
  const agent = new LiveAgent(context, review)
  const sources = {
    base,
    urls: apiserver.map(requireUrl),
    learned: () => agent.apiServer().endpoints,
    vip: () => agent.apiServer().vip,
  }
  const { node, status, log } = context
  const ending = new AbortController()
  const send = sender(serversOf(sources, 0), ending.signal, (...answer) => status.answered(...answer))
  if (node !== null && !dryRun) recordEvents(status, node, send, log)
  const nodes = nodeAddresses === 'own' && node !== null ? nodeNamed(node) : { kind: 'nodes' as const }
  const watch = (signal: AbortSignal) => {
    signal.addEventListener('abort', () => ending.abort())
    const watched = [SERVICES, SLICES, nodes, ...(exposure ? [exposure.watched] : [])]
    const listener = exposure ? byKind(exposure.watched.kind, exposure.listener, agent) : agent
    const { relist, done } = reflect(serversOf(sources, Math.random()), watched, listener, signal)
    agent.relist = relist
    return done
  }
  return [agent, watch]
}

/** Tells the cluster that another process has the lock, as far as its API server can be asked. */
export async function tellLocked(options: AgentOptions, failure: unknown, log: Log): Promise<void> {
  const { kubeconfig, context, apiserver = [] } = options
  const node = chosenNode(options)
  if (modeOf(options) === 'pinned' || node === null) return
  const { findAccess, sender, serversOf } = await import('../../apiserver/live.ts')
  const base = () => findAccess(kubeconfig, context)
  const servers = serversOf({ base, urls: apiserver.map(requireUrl), learned: () => [], vip: () => undefined }, 0)
  await recordLocked(failure, node, sender(servers, AbortSignal.timeout(TELL_MS)), log)
}

function requireUrl(text: string): URL {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text)
  const hint = 'it begins with https://'
  throw failure(EXIT.usage, 'bad-arguments', `--apiserver ${text} is no address of an API server`, hint)
}
