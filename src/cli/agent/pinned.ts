// SPDX-License-Identifier: Apache-2.0
import { unwatchFile, watchFile } from 'node:fs'
import { resolve } from 'node:path'
import type { AgentContext } from '../../agent/agent.ts'
import { PinnedAgent } from '../../agent/pinned-agent.ts'
import { requireSpec } from '../flag/spec-argument.ts'
import { readSpec } from '../input/spec-file.ts'
import type { AgentOptions } from './agent-options.ts'

/** How often the file is looked at, in milliseconds: a ConfigMap that is mounted changes by a link. */
const LOOK_MS = 1000

/** An agent of a spec in a file or a directory, and what begins to watch it. */
export async function pinnedAgent(
  { file }: AgentOptions,
  context: AgentContext,
): Promise<[PinnedAgent, (signal: AbortSignal) => Promise<void>]> {
  const path = resolve(requireSpec('agent --mode pinned -f', undefined, file))
  const agent = new PinnedAgent(context, () => readSpec(path))
  const watch = async (signal: AbortSignal) => {
    watchFile(path, { interval: LOOK_MS }, () => agent.changed())
    signal.addEventListener('abort', () => unwatchFile(path))
  }
  return [agent, watch]
}
