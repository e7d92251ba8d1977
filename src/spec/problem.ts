import type { Diagnostic } from '../base/diagnostic.ts'
import { error } from '../base/diagnostic.ts'
import { locate } from '../base/locate-yaml.ts'

/** Keys and indexes from the top of the document. */
export type Path = (string | number)[]

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
  path: Path
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
  const found = problems.map(({ code, message, hint, path, other, ...where }) => {
    const line = other && locate(text, file, other, { key: true }).line
    const suffix = line === undefined ? '' : ` (line ${line})`
    const place = locate(text, file, path, where)
    return error(code, message + suffix, hint === undefined ? { place } : { hint, place })
  })
  return found.sort(
    (a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0),
  )
}
