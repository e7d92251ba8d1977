// SPDX-License-Identifier: Apache-2.0
import { type Diagnostic, error, type Result } from '../../base/diagnostic.ts'
import { type AppliedMembership, areMemberships } from './memberships.ts'

/** An exposure that was applied on this node. */
export interface Entry {
  /** 1 for the first one; never used twice in a history. */
  sequence: number
  /** Of the exposure. */
  revision: string
  /** SHA-256, in hex, of the spec that is kept with it: the exposure, and the endpoints applied last under it. */
  spec: string
  /** When the exposure was wholly applied; ISO 8601, UTC. */
  time: string
  /** The node it was compiled for; null for a host outside the cluster. */
  node: string | null
  /** What applied it: the command apply or rollback, or what a later build has for that. */
  by: string
  /** Version of the build that did. */
  build: string
  /** SHA-256 of the objects that the programs came from, in hex. */
  programs: string
  /** What tells its cluster from others (spec/cluster-identity.ts); empty when the spec does not say. */
  cluster: string[]
  /** The memberships that were applied on this node, under whatever exposure, the latest last. Builds up to 0.1.0 wrote none. */
  memberships?: AppliedMembership[]
}

/** An entry as its file has it. A build up to 0.1.0 wrote no revision of the exposure. */
export type StoredEntry = Omit<Entry, 'revision'> & { revision: string | undefined }

const HEX = /^[0-9a-f]{64}$/
const isText = (value: unknown) => typeof value === 'string' && value !== ''
const isHash = (value: unknown) => typeof value === 'string' && HEX.test(value)
/**
 * The fields of the file. Builds of every version read it, so `revision` is there what it was in 0.1.0, the hash of the whole
 * spec, and the revision of the exposure is `exposure`.
 */
const CHECKS: Record<string, (value: unknown) => boolean> = {
  sequence: value => Number.isInteger(value) && (value as number) > 0,
  revision: isHash,
  time: value => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  node: value => value === null || isText(value),
  by: isText,
  build: isText,
  programs: isHash,
  cluster: value => Array.isArray(value) && value.every(isText),
  exposure: value => value === undefined || isHash(value),
  memberships: value => value === undefined || areMemberships(value),
}

/** A field a line, in the order above. */
export function printEntry({ revision: exposure, spec: revision, ...facts }: Entry): string {
  const fields: Record<string, unknown> = { exposure, revision, ...facts }
  const inOrder = Object.keys(CHECKS).map(name => [name, fields[name]] as const)
  return `${JSON.stringify(Object.fromEntries(inOrder), undefined, 2)}\n`
}

/** Reads what printEntry of any build wrote; a damaged entry is an error at its line. Unknown fields are left alone. */
export function parseEntry(text: string, file: string): Result<StoredEntry> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (thrown) {
    return { value: undefined, diagnostics: [damaged(file, lineOf(text, thrown), (thrown as Error).message)] }
  }
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const diagnostics = Object.entries(CHECKS).flatMap(([name, isRight]) =>
    isRight(fields[name]) ? [] : [damaged(file, lineWith(text, name), `"${name}" is ${JSON.stringify(fields[name])}`)],
  )
  if (diagnostics.length > 0) return { value: undefined, diagnostics }
  const { sequence, exposure, revision, ...facts } = fields
  return { value: { sequence, revision: exposure, spec: revision, ...facts } as StoredEntry, diagnostics }
}

/** An entry that cannot be read, or is not what its file name says. */
export function damaged(file: string, line: number, fault: string): Diagnostic {
  return error('damaged-history', `this entry of the history is damaged: ${fault}`, {
    place: { file, line, column: 1 },
    hint: 'remove the file: the history then no longer lists this revision; the maps stay as they are',
  })
}

/** From the message of JSON.parse, which has the position. */
function lineOf(text: string, thrown: unknown): number {
  const position = /position (\d+)/.exec((thrown as Error).message)?.[1]
  return text.slice(0, position === undefined ? text.length : Number(position)).split('\n').length
}

/** The line of a field; the last one when it is not there. */
function lineWith(text: string, field: string): number {
  const lines = text.split('\n')
  const found = lines.findIndex(line => line.includes(`"${field}"`))
  return found < 0 ? lines.length : found + 1
}
