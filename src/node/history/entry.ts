import { type Diagnostic, error, type Result } from '../../base/diagnostic.ts'

/** A spec that was put in place on this node. */
export interface Entry {
  /** 1 for the first one; never used twice in a history. */
  sequence: number
  /** SHA-256 of the canonical spec, in hex. */
  revision: string
  /** When it was wholly in place; ISO 8601, UTC. */
  time: string
  /** The node it was compiled for; null for a host outside the cluster. */
  node: string | null
  /** What put it there: the command apply or rollback, or what a later build has for that. */
  by: string
  /** Version of the build that did. */
  build: string
  /** SHA-256 of the objects that the programs came from, in hex. */
  programs: string
  /** What tells its cluster from others (spec/cluster-identity.ts); empty when the spec does not say. */
  cluster: string[]
}

const HEX = /^[0-9a-f]{64}$/
const isText = (value: unknown) => typeof value === 'string' && value !== ''
const isHash = (value: unknown) => typeof value === 'string' && HEX.test(value)
const CHECKS: { [K in keyof Entry]: (value: unknown) => boolean } = {
  sequence: value => Number.isInteger(value) && (value as number) > 0,
  revision: isHash,
  time: value => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  node: value => value === null || isText(value),
  by: isText,
  build: isText,
  programs: isHash,
  cluster: value => Array.isArray(value) && value.every(isText),
}

/** A field a line, in the order above. */
export function printEntry(entry: Entry): string {
  return `${JSON.stringify(entry, Object.keys(CHECKS), 2)}\n`
}

/** Reads what printEntry wrote; an entry that was damaged by hand is an error at its line. Unknown fields are left alone. */
export function parseEntry(text: string, file: string): Result<Entry> {
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
  return { value: fields as unknown as Entry, diagnostics }
}

/** The same entry, whoever reads it: every fault of a file is told at its line. */
export function damaged(file: string, line: number, what: string): Diagnostic {
  return error('damaged-history', `this entry of the history is damaged: ${what}`, {
    place: { file, line, column: 1 },
    hint: 'remove the file: the revision is then no longer known, what is programmed stays as it is',
  })
}

/** JSON.parse tells the position in its message. */
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
