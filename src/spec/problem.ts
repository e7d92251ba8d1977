// SPDX-License-Identifier: Apache-2.0
import { type Address, parseAddress } from '../base/address.ts'
import { type Diagnostic, error, warning } from '../base/diagnostic.ts'
import { listAt, locate } from '../base/locate-yaml.ts'
import { byPlace, type Path } from '../base/place.ts'
import type { SourceOf } from './source.ts'

/** What is wrong inside a string of the spec, by characters of that string. */
export interface Mistake {
  code: string
  message: string
  hint?: string
  offset: number
  length: number
}

/** What is wrong, by path: it becomes a diagnostic when the positions are known, which costs a slow parse. */
export interface Problem extends Partial<Omit<Mistake, 'code' | 'message'>> {
  code: string
  message: string
  /** An error when absent. */
  severity?: 'warning'
  path: Path
  /**
   * Of the list at the end of the path, the item that begins with this address. At the end of the path to a Service's
   * endpoints, an endpoint of any of its groups. (A spec in memory is sorted, so it does not know the indexes of its text.)
   */
  item?: Address
  /** It is the key at the end of the path that is wrong, not its value. */
  key?: boolean
  /** The other end of a conflict; its line goes after the message. */
  other?: Path
}

export function problemIn(path: Path, mistake: Mistake, isKey = false): Problem {
  return isKey ? { ...mistake, path, key: true } : { ...mistake, path }
}

/** Finds the place of every problem, in the order of the file. */
export function diagnose(problems: readonly Problem[], text: string, file: string): Diagnostic[] {
  return diagnoseIn(problems, () => ({ file, text }))
}

/** The same for a spec of several files: by file, and in its order. */
export function diagnoseIn(problems: readonly Problem[], sourceOf: SourceOf): Diagnostic[] {
  const found = problems.map(({ severity, code, message, hint, path, item, other, ...where }) => {
    const { file, text } = sourceOf(path)
    const suffix = other === undefined ? '' : otherEnd(other, file, sourceOf)
    const place = locate(text, file, item === undefined ? path : pathOfItem(text, path, item), where)
    const make = severity === 'warning' ? warning : error
    return make(code, message + suffix, hint === undefined ? { place } : { hint, place })
  })
  return found.sort((a, b) => byPlace(a.place, b.place))
}

function otherEnd(path: Path, file: string, sourceOf: SourceOf): string {
  const other = sourceOf(path)
  const { line } = locate(other.text, other.file, path, { key: true })
  if (line === undefined) return ''
  return other.file === file ? ` (line ${line})` : ` (${other.file}:${line})`
}

/** The path of the item of a list that begins with an address: Problem.item. The path of the list when there is none. */
export function pathOfItem(text: string, path: Path, item: Address): Path {
  const isEndpoint = path[0] === 'endpoints'
  for (let group = 0; ; group++) {
    const list = isEndpoint ? [...path, group, 'addresses'] : path
    const items = listAt(text, list)
    const index = items?.findIndex(line => parseAddress(line.split(' ', 1)[0]!) === item) ?? -1
    if (index >= 0) return [...list, index]
    if (!isEndpoint || !items) return path
  }
}
