// SPDX-License-Identifier: Apache-2.0
import type { Hold } from './gate/hold.ts'

/** What an agent can be asked to do; it answers with its status. */
export type AgentRequest = { task: 'status' | 'release' } | ({ task: 'hold' } & Pick<Hold, 'by' | 'reason'>)

/** Reads the JSON of a request; undefined for any other text. */
export function parseRequest(text: string): AgentRequest | undefined {
  try {
    const { task, by, reason } = JSON.parse(text) as Record<string, unknown>
    if (task === 'status' || task === 'release') return { task }
    if (task === 'hold' && typeof by === 'string' && typeof reason === 'string') return { task, by, reason }
  } catch {
    // It is no JSON.
  }
  return undefined
}
