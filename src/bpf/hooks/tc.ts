// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { type Failure, failure } from '../../base/failure.ts'
import { type Ended, runChild, stderrLine } from '../../host/child.ts'
import { objects, readToolJson } from '../../host/tool-json.ts'
import type { TcFilter } from './attachment.ts'

/** A filter of a device, as `tc filter show` lists it. */
interface ShownFilter {
  pref: number
  handle: number
  /** `bpf`, `flower`, … */
  kind: string
  /** Of its program; undefined when it has none. */
  id: number | undefined
  /** Of its program, as far as the filter says; the name of the kind for others. */
  name: string
}

/** The filters of a device in one direction, those of chain 0: the others run only when one of these goes there. None when the device is gone. */
export async function filtersAt(device: string, direction: TcFilter['direction']): Promise<ShownFilter[]> {
  const { stdout, stderr, exitCode, failure: reason } = await tc(['-j', 'filter', 'show', 'dev', device, direction])
  if (/Cannot find device/.test(stderr)) return []
  if (exitCode !== 0) throw unreadable(device, reason ?? stderrLine(stderr))
  const shown = readToolJson('tc filter', stdout.trim() || '[]', value => objects<Shown>(value).flatMap(filterOf))
  if (typeof shown === 'string') throw unreadable(device, shown)
  return shown
}

/** The first line of each pref is about its classifier and has no options. */
function filterOf({ pref, kind = '', chain, options }: Partial<Shown>): ShownFilter[] {
  if (pref === undefined || options === undefined || chain !== 0) return []
  const name = options.prog?.name ?? options.bpf_name ?? kind
  return [{ pref, handle: Number(options.handle ?? 0), kind, id: options.prog?.id, name }]
}

/** Whether a device has any filter, of whatever chain, in any direction; undefined when the device is gone. */
export async function hasFilters(device: string): Promise<boolean | undefined> {
  const shown = await Promise.all(
    (['ingress', 'egress'] as const).map(direction => tc(['-j', 'filter', 'show', 'dev', device, direction])),
  )
  if (shown.some(({ exitCode }) => exitCode !== 0)) return undefined
  return shown.some(({ stdout }) => stdout.includes('{'))
}

interface Shown {
  pref?: number
  kind: string
  chain: number
  options?: { handle?: string; bpf_name?: string; prog?: { id: number; name?: string } }
}

/** Is there a qdisc that filters can be attached to? `ingress` is an older one, without egress, that leaves no room for `clsact`. */
export async function qdiscAt(device: string): Promise<'clsact' | 'ingress' | undefined> {
  const { stdout, stderr, exitCode, failure: reason } = await tc(['-j', 'qdisc', 'show', 'dev', device])
  if (exitCode !== 0) throw unreadable(device, reason ?? stderrLine(stderr))
  const kinds = readToolJson('tc qdisc', stdout.trim() || '[]', value =>
    objects<{ kind: string }>(value).map(({ kind }) => kind),
  )
  if (typeof kinds === 'string') throw unreadable(device, kinds)
  return (['clsact', 'ingress'] as const).find(kind => kinds.includes(kind))
}

/** Makes the qdisc that both directions hang on. Returns what went wrong, if anything. */
export async function addClsact(device: string): Promise<string | undefined> {
  return problemOf(await tc(['qdisc', 'add', 'dev', device, 'clsact']))
}

export async function removeClsact(device: string): Promise<string | undefined> {
  return problemOf(await tc(['qdisc', 'del', 'dev', device, 'clsact']))
}

/** Puts a pinned program at a place, in the stead of what is there: no packet meets neither. Returns what went wrong, if anything. */
export async function replaceFilter(point: TcFilter, pin: string): Promise<string | undefined> {
  return problemOf(await tc(['filter', 'replace', ...wordsOf(point), 'bpf', 'direct-action', 'object-pinned', pin]))
}

export async function deleteFilter(point: TcFilter): Promise<string | undefined> {
  return problemOf(await tc(['filter', 'del', ...wordsOf(point), 'bpf']))
}

function wordsOf({ device, direction, pref, handle }: TcFilter): string[] {
  return ['dev', device, direction, 'pref', String(pref), 'handle', String(handle), 'protocol', 'all']
}

function tc(words: readonly string[]): Promise<Ended> {
  return runChild('tc', words)
}

function problemOf({ exitCode, stderr, failure: reason }: Ended): string | undefined {
  return exitCode === 0 ? undefined : (reason ?? stderrLine(stderr))
}

function unreadable(device: string, reason: string): Failure {
  const message = `what is attached to the device ${device} cannot be read: ${reason}`
  return failure(EXIT.nodeNotReady, 'device-unreadable', message, 'install iproute2')
}
