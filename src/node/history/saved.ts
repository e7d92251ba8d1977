// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { Failure, failure } from '../../base/failure.ts'
import { compileFor, type NodeImage } from '../../compile/compile.ts'
import { type Edges, NO_EDGES } from '../../compile/edges.ts'
import { parseSpec } from '../../spec/parse.ts'
import type { Spec } from '../../spec/spec.ts'
import type { Entry } from './entry.ts'
import type { History } from './history.ts'

/** The spec that was applied last. */
export interface Saved {
  entry: Entry
  spec: Spec
  /** Compiled for the node that it was applied for, with these edges. The latest result is kept. */
  compiled: (edges?: Edges) => NodeImage
}

/**
 * Reads the newest entry of a history, or says why it cannot. The next call reads and compiles only what is new: a spec of
 * 10,000 Services takes a second.
 */
export function savedReader(history: History): () => Saved | string {
  let last: Saved | undefined
  return () => {
    try {
      const entry = history.entries().at(-1)
      if (!entry) return `no spec is saved under ${history.directory}`
      if (last?.entry.sequence === entry.sequence && last.entry.spec === entry.spec) return last
      const { value: spec } = parseSpec(history.specText(entry), '')
      const image = spec && compileFor(spec, entry.node).value
      if (!image) return 'this build cannot read the spec that was saved'
      last = { entry, spec, compiled: compiler(spec, entry, image) }
      return last
    } catch (error) {
      if (error instanceof Failure) return error.message
      throw error
    }
  }
}

function compiler(spec: Spec, { node }: Entry, withoutEdges: NodeImage): Saved['compiled'] {
  let latest = { edges: JSON.stringify(NO_EDGES), image: withoutEdges }
  return (edges = NO_EDGES) => {
    const text = JSON.stringify(edges)
    // The node is in the spec, as it compiled before.
    if (latest.edges !== text) latest = { edges: text, image: compileFor(spec, node, edges).value! }
    return latest.image
  }
}

/** The newest entry; without one it is a failure (exit 4). */
export function newestEntry(history: History): Entry {
  const entry = history.entries().at(-1)
  if (entry) return entry
  const hint = 'give a spec: -f SPEC; or --state-dir, where apply was told to keep them'
  throw failure(EXIT.nodeNotReady, 'no-saved-spec', `no spec is saved under ${history.directory}`, hint)
}

/** Compiles a spec of the history for the node it was applied for; undefined when this build cannot read it. */
export function compileAgain(text: string, node: string | null): NodeImage | undefined {
  const { value: spec } = parseSpec(text, '')
  return spec && compileFor(spec, node).value
}
