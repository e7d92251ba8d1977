// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { type Failure, failure } from '../../base/failure.ts'
import { type Ended, runChild, stderrLine } from '../../host/child.ts'
import { ScratchFile } from '../../host/scratch.ts'
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
  const shown = readFilters(stdout.trim() || '[]')
  if (typeof shown === 'string') throw unreadable(device, shown)
  return shown
}

/** Where filters are, in one direction. */
type Place = Pick<TcFilter, 'device' | 'direction'>

/** The filters of each of these places, as filtersAt finds them, by one process: a node may have hundreds of pods. */
export async function filtersAtAll(places: readonly Place[]): Promise<ShownFilter[][]> {
  const batched = places.length > 1 ? await askTogether(places) : undefined
  return batched ?? Promise.all(places.map(({ device, direction }) => filtersAt(device, direction)))
}

/** A name of other characters would be read as something else in a batch. */
const PLAIN_NAME = /^[\w.@:-]+$/

/** Undefined when not every question has its answer: one line of JSON, or none for a device that is gone. */
async function askTogether(places: readonly Place[]): Promise<ShownFilter[][] | undefined> {
  if (!places.every(({ device }) => PLAIN_NAME.test(device))) return undefined
  const questions = new ScratchFile(
    places.map(({ device, direction }) => `filter show dev ${device} ${direction}\n`).join(''),
  )
  try {
    const { stdout, stderr } = await runChild('tc', ['-j', '-force', '-batch', '-'], { stdin: questions.fd })
    const failed = new Set([...stderr.matchAll(/^Command failed -:(\d+)$/gm)].map(([, line]) => Number(line) - 1))
    const answers = stdout.split('\n').filter(Boolean)
    const gone = stderr.match(/^Cannot find device/gm)?.length ?? 0
    if (gone !== failed.size || answers.length + failed.size !== places.length) return undefined
    const shown = places.map((_, i) => (failed.has(i) ? [] : readFilters(answers.shift()!)))
    return shown.every(filters => typeof filters !== 'string') ? shown : undefined
  } finally {
    questions.close()
  }
}

function readFilters(json: string): ShownFilter[] | string {
  return readToolJson('tc filter', json, value => objects<Shown>(value).flatMap(filterOf))
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
