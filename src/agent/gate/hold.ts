// SPDX-License-Identifier: Apache-2.0

/** An operator has the exposure that counts stay, whatever is reviewed later. */
export interface Hold {
  /** ISO 8601, UTC. */
  since: string
  /** The user who asked for it. */
  by: string
  /** Why; '' when none was given. */
  reason: string
}

/** Reads a hold as printHold writes it; undefined for any other text. */
export function parseHold(text: string): Hold | undefined {
  try {
    const { since, by, reason } = JSON.parse(text) as Record<string, unknown>
    if (typeof since !== 'string' || typeof by !== 'string' || typeof reason !== 'string') return undefined
    return { since, by, reason }
  } catch {
    return undefined
  }
}

export function printHold(hold: Hold): string {
  return `${JSON.stringify(hold)}\n`
}
