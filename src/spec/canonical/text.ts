import { printYaml } from '../print.ts'
import type { Spec } from '../spec.ts'

const remembered = new WeakMap<Spec, string>()

/** Remembers the text that a spec was read from. Only for a text that is what printYaml prints of the spec. */
export function rememberText(spec: Spec, text: string): void {
  remembered.set(spec, text)
}

/**
 * The canonical YAML text of a spec. The one that it was read from is not printed again: readCanonical takes no other than
 * what printYaml writes of its result, and nothing changes a spec once it is made (to change one is to make another). Any
 * other is printed once.
 */
export function canonicalTextOf(spec: Spec): string {
  const text = remembered.get(spec) ?? printYaml(spec)
  remembered.set(spec, text)
  return text
}
