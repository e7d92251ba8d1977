// SPDX-License-Identifier: Apache-2.0
import type { Failure } from '../base/failure.ts'

/**
 * `fail`: apply would refuse to work here, or what was applied does not serve. `warn`: it works, but something is lost or in the
 * way. `unknown`: the check could not be made.
 */
export type Grade = 'ok' | 'warn' | 'fail' | 'unknown'

/** What a check found. */
export interface Finding {
  /** The name of the check. */
  name: string
  result: Grade
  /** What is there, in a sentence. */
  found: string
  /** What to do about it; absent when nothing has to be done. */
  advice?: string
}

/** A finding before it has the name of its check. */
export type Found = Omit<Finding, 'name'>

export function ok(found: string): Found {
  return { result: 'ok', found }
}

export function warn(found: string, advice: string): Found {
  return { result: 'warn', found, advice }
}

export function unknown(found: string, advice?: string): Found {
  return advice === undefined ? { result: 'unknown', found } : { result: 'unknown', found, advice }
}

export function fail(found: string, advice?: string): Found {
  return advice === undefined ? { result: 'fail', found } : { result: 'fail', found, advice }
}

/** A failure as a finding, with the message and the hint that apply would print. */
export function failed({ diagnostics }: Failure): Found {
  return fail(diagnostics.map(d => d.message).join('; '), diagnostics.find(d => d.hint !== undefined)?.hint)
}

/** What to do where the capability CAP_NET_ADMIN is missing. */
export const GIVE_NET_ADMIN =
  'run it as root, or give it CAP_NET_ADMIN (in a pod: privileged, or capabilities.add: [NET_ADMIN])'
