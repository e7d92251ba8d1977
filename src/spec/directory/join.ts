// SPDX-License-Identifier: Apache-2.0
import { type Diagnostic, error, hasErrors, type Result } from '../../base/diagnostic.ts'
import { locate } from '../../base/locate-yaml.ts'
import type { Path } from '../../base/place.ts'
import { checkReferences } from '../check/references.ts'
import { serviceKey } from '../name.ts'
import { normalise } from '../normalise.ts'
import { parseSpecFile, type SpecFile } from '../parse.ts'
import { diagnoseIn } from '../problem.ts'
import type { Source, SourceOf } from '../source.ts'

/** A file of a spec, and what it has. */
export interface Part extends Source, SpecFile {}

/** A spec that was read from several files. */
export interface JoinedSpec extends SpecFile {
  parts: readonly Part[]
  sourceOf: SourceOf
}

/**
 * Reads the files that together are one spec: each is a spec of its own, or each is an exposure. An error for each mistake
 * in a file, for a node or a Service that two files have, and for a frontend that two of them claim. Never throws.
 */
export function joinParts(sources: readonly Source[]): Result<JoinedSpec> {
  const read = sources.map(source => ({ source, ...parseSpecFile(source.text, source.file) }))
  const diagnostics = read.flatMap(one => one.diagnostics)
  const parts = read.flatMap(({ source, value }) => (value ? [{ ...source, ...value }] : []))
  if (hasErrors(diagnostics)) return { value: undefined, diagnostics }
  const owners = new Map<string, Part>()
  const wrong = [...mixed(parts), ...repeated(parts, owners)]
  if (wrong.length > 0) return { value: undefined, diagnostics: [...diagnostics, ...wrong] }
  const nodes = parts.flatMap(part => part.spec.nodes)
  const spec = normalise({ nodes, services: parts.flatMap(part => part.spec.services) })
  const sourceOf: SourceOf = path => owners.get(ownerKey(path)) ?? parts[0]!
  const contradictions = diagnoseIn(
    checkReferences(spec, () => false),
    sourceOf,
  )
  if (contradictions.length > 0) return { value: undefined, diagnostics: [...diagnostics, ...contradictions] }
  return { value: { spec, isExposure: parts[0]!.isExposure, parts, sourceOf }, diagnostics }
}

/** The endpoints of a Service stand in its file. */
function ownerKey([section, name]: Path): string {
  return section === 'nodes' ? `node ${name}` : `Service ${name}`
}

/** A file without endpoints among others that have some is most likely cut short. */
function mixed(parts: readonly Part[]): Diagnostic[] {
  const whole = parts.find(part => !part.isExposure)
  const short = whole && parts.find(part => part.isExposure)
  if (!short) return []
  const message = `this file has no "endpoints", and ${whole.file} has: all files of a spec have them, or none has`
  return [error('missing-field', message, { place: { file: short.file } })]
}

/** The nodes and Services that an earlier file has. Fills in who has what. */
function repeated(parts: readonly Part[], owners: Map<string, Part>): Diagnostic[] {
  const found: Diagnostic[] = []
  for (const part of parts) {
    const names = [
      ...part.spec.nodes.map(node => ['nodes', node.name]),
      ...part.spec.services.map(service => ['services', serviceKey(service)]),
    ]
    for (const path of names) {
      const owner = owners.get(ownerKey(path))
      owners.set(ownerKey(path), owner ?? part)
      if (!owner) continue
      const place = locate(part.text, part.file, path, { key: true })
      found.push(error('given-twice', `${ownerKey(path)} stands in ${owner.file} already`, { place }))
    }
  }
  return found
}
