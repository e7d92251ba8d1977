// SPDX-License-Identifier: Apache-2.0
import type { Finding } from './finding.ts'
import { fail, isMap, missing, type Raw, readMap, readText, type Scope } from './reader.ts'
import type { Origin } from './source.ts'

/** What every object's metadata says. */
export interface Metadata {
  namespace: string
  name: string
  /** RFC 3339, in UTC as the API writes it; '' when absent. */
  created: string
  labels: Raw
  annotations: Raw
}

/** Labels with which users take objects away from every service proxy that is not named; any value counts (KEP-2447). */
export const SERVICE_PROXY_NAME = 'service.kubernetes.io/service-proxy-name'
/** Annotation with which users leave the VIPs of a Service to something else on the node, if its value is "true". */
export const EXCLUDE = 'balancing.elf.io/exclude'
/** Set by the controllers on what belongs to headless Services; any value counts. */
export const HEADLESS = 'service.kubernetes.io/headless'

/** What the API's name validations have in common (RFC 1123 subdomains). */
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/

/** A scope that names the object as far as its metadata can be read. */
export function scopeOf(kind: string, object: Raw, origin: Origin, report: (finding: Finding) => void): Scope {
  const metadata = isMap(object.metadata) ? object.metadata : {}
  const names = [metadata.namespace, metadata.name].filter(name => typeof name === 'string' && name !== '')
  return { what: [kind, names.join('/')].join(' ').trim(), origin, report }
}

/** Undefined when the object cannot be told from others. */
export function readMetadata(scope: Scope, object: Raw, namespaced: boolean): Metadata | undefined {
  const raw = readMap(scope, object, 'metadata', [])
  if (!raw) return isMap(object.metadata ?? {}) ? missing(scope, ['metadata']) : undefined
  const name = readName(scope, raw, 'name')
  const hint = 'exports always have it: kubectl get -A -o yaml'
  const namespace = namespaced ? readName(scope, raw, 'namespace', hint) : ''
  const created = readText(scope, raw, 'creationTimestamp', ['metadata']) ?? ''
  const labels = readMap(scope, raw, 'labels', ['metadata']) ?? {}
  const annotations = readMap(scope, raw, 'annotations', ['metadata']) ?? {}
  return name === undefined || namespace === undefined ? undefined : { namespace, name, created, labels, annotations }
}

function readName(scope: Scope, metadata: Raw, key: string, hint?: string): string | undefined {
  const value = metadata[key] ?? ''
  if (value === '') return missing(scope, ['metadata', key], hint)
  const text = readText(scope, metadata, key, ['metadata'])
  if (text === undefined || NAME.test(text)) return text
  return fail(scope, 'bad-name', ['metadata', key], `${JSON.stringify(text)} is not a name`)
}
