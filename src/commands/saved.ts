import { Failure } from '../base/failure.ts'
import { compile, compileExternal, type NodeImage } from '../compile/compile.ts'
import type { Entry } from '../history/entry.ts'
import type { History } from '../history/history.ts'
import { parseSpec } from '../spec/parse.ts'

/** The spec that was put in place last, compiled for where it was put. */
export interface Saved {
  entry: Entry
  compiled: NodeImage
}

/**
 * Reads what a history has last, or says why it cannot. Asked again it reads and compiles only what is new: a spec of 10,000
 * Services takes a second.
 */
export function savedReader(history: History): () => Saved | string {
  let last: Saved | undefined
  return () => {
    try {
      const entry = history.entries().at(-1)
      if (!entry) return `no spec is saved under ${history.directory}`
      if (last?.entry.sequence === entry.sequence && last.entry.revision === entry.revision) return last
      const compiled = compileAgain(history.specText(entry), entry.node)
      if (!compiled) return 'this build cannot read the spec that was saved'
      last = { entry, compiled }
      return last
    } catch (error) {
      if (error instanceof Failure) return error.message
      throw error
    }
  }
}

/** Compiles a spec of the history for where it was put; undefined when this build cannot read it. */
export function compileAgain(text: string, node: string | null): NodeImage | undefined {
  const { value: spec } = parseSpec(text, '')
  if (!spec) return undefined
  return node === null ? compileExternal(spec) : compile(spec, node).value
}
