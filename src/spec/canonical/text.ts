// SPDX-License-Identifier: Apache-2.0
import { printExposureYaml, printYaml } from '../print.ts'
import type { Exposure, Spec } from '../spec.ts'

const texts = new WeakMap<Exposure, string>()

/** Records the text that a spec was read from. Only for a text that is what printYaml prints of the spec. */
export function recordText(spec: Spec, text: string): void {
  texts.set(spec, text)
}

/**
 * The canonical YAML text of a spec. A spec that readCanonical read is not printed again: it accepts only the text that
 * printYaml writes of its result, and nothing changes a spec once it is made. Any other is printed once.
 */
export function canonicalTextOf(spec: Spec): string {
  const text = texts.get(spec) ?? printYaml(spec)
  texts.set(spec, text)
  return text
}

/** The canonical YAML text of an exposure, or of the exposure of a spec. */
export function exposureTextOf(exposure: Exposure): string {
  const text = texts.get(exposure)
  return text === undefined ? printExposureYaml(exposure) : exposurePart(text)
}

/** The canonical text of the exposure in the canonical text of a spec. No other line starts with `endpoints:`. */
export function exposurePart(text: string): string {
  return text.slice(0, endpointsIn(text))
}

/** The rest of it: the endpoints section. */
export function membershipPart(text: string): string {
  return text.slice(endpointsIn(text))
}

/** Where the endpoints section begins; the end of a text that has none. */
function endpointsIn(text: string): number {
  const before = text.indexOf('\nendpoints:')
  return before < 0 ? text.length : before + 1
}
