// SPDX-License-Identifier: Apache-2.0
import { API_VERSION } from '../../base/form.ts'
import { checkReferences } from '../check/references.ts'
import { KIND, MODELINE } from '../print.ts'
import type { Spec } from '../spec.ts'
import { readCanonicalEndpoints } from './endpoints.ts'
import { Lines } from './lines.ts'
import { readCanonicalNodes } from './nodes.ts'
import { readCanonicalServices } from './services.ts'
import { recordText } from './text.ts'

/**
 * Reads the text that printYaml writes of a valid spec, and no other: a spec that it gives prints as `text`, byte for byte,
 * and is what the long way (a YAML library, build, checks, normalise) gives, in a fraction of the time. undefined at
 * the first thing that is not so; what it is, the long way tells.
 */
export function readCanonical(text: string): Spec | undefined {
  const lines = new Lines(text)
  if (!lines.skip(MODELINE) || !lines.skip(`apiVersion: ${API_VERSION}`) || !lines.skip(`kind: ${KIND}`))
    return undefined
  const nodes = readCanonicalNodes(lines)
  const entries = nodes && readCanonicalServices(lines)
  if (!entries || !readCanonicalEndpoints(lines, nodes, entries) || !lines.isAtEnd()) return undefined
  const spec = { nodes, services: entries.map(entry => entry.service) }
  if (checkReferences(spec, () => false).length > 0) return undefined
  recordText(spec, text)
  return spec
}
