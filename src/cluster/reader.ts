// SPDX-License-Identifier: Apache-2.0
import { type Address, parseAddress } from '../base/address.ts'
import type { Path } from '../base/place.ts'
import type { Finding } from './finding.ts'
import { formatPath } from './finding.ts'
import type { Origin } from './source.ts'

export type Raw = Record<string, unknown>

/** The object that is being read: its place, and where its mistakes are reported. */
export interface Scope {
  /** `Service shop/cart` */
  what: string
  origin: Origin
  report(finding: Finding): void
}

/** Says that a field is what no API server writes: `Service shop/cart: spec.ports is a mapping, not a list`. */
export function fail(scope: Scope, code: string, path: Path, message: string, hint?: string): undefined {
  const text = `${scope.what}: ${formatPath(path)} ${message}`
  const more = hint === undefined ? {} : { hint }
  scope.report({ severity: 'error', code, message: text, origin: scope.origin, path, ...more })
}

/**
 * Warns of a value that the API does not admit: `Service shop/cart: spec.type "Foo" is not known and is ignored`. Render goes on
 * without it, as kube-proxy does. An API server keeps such values: of fields that it does not validate, from before a stricter
 * validation, or after a restore of etcd.
 */
export function ignore(scope: Scope, code: string, path: Path, message: string, hint?: string): undefined {
  return warn(scope, code, path, `${message} and is ignored`, hint)
}

/** The same with a message that says what happens. */
export function warn(scope: Scope, code: string, path: Path, message: string, hint?: string): undefined {
  const report: Scope['report'] = finding => scope.report({ ...finding, severity: 'warning' })
  return fail({ ...scope, report }, code, path, message, hint)
}

/** Says that a field should be there. */
export function missing(scope: Scope, path: Path, hint?: string): undefined {
  return fail(scope, 'missing-field', path, 'is missing', hint)
}

export function isMap(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// Every reader takes an absent field and an explicit null for the same, as the API's decoder does.

/** Halves of surrogate pairs become U+FFFD, as the API's decoder has them. */
export function readText(scope: Scope, parent: Raw, key: string, path: Path): string | undefined {
  const value = parent[key] ?? undefined
  if (value === undefined) return undefined
  if (typeof value === 'string') return value.toWellFormed()
  return wrongType(scope, [...path, key], value, 'a text')
}

export function readFlag(scope: Scope, parent: Raw, key: string, path: Path): boolean | undefined {
  const value = parent[key] ?? undefined
  if (value === undefined || typeof value === 'boolean') return value
  return wrongType(scope, [...path, key], value, 'true or false')
}

/** An integer of a range, if it is in it; `min` 0 for the fields where 0 means "none". */
export function readInteger(scope: Scope, parent: Raw, key: string, path: Path, min: number, max: number) {
  const value = parent[key] ?? undefined
  if (value === undefined) return undefined
  if (typeof value !== 'number') return wrongType(scope, [...path, key], value, 'a number')
  if (Number.isInteger(value) && value >= min && value <= max) return value
  return warn(scope, 'out-of-range', [...path, key], `is ${value}, which is not ${min} to ${max}: it is ignored`)
}

/** One of some words; '' is absent, and null a word that is not one of them. */
export function readWord<W extends string>(scope: Scope, parent: Raw, key: string, path: Path, words: readonly W[]) {
  const value = readText(scope, parent, key, path)
  if (value === undefined || value === '') return undefined
  if (words.includes(value as W)) return value as W
  const hint = words.length > 0 ? `one of ${words.join(', ')}` : undefined
  return ignore(scope, 'unknown-value', [...path, key], `${quote(value)} is not known`, hint) ?? null
}

export function readMap(scope: Scope, parent: Raw, key: string, path: Path): Raw | undefined {
  const value = parent[key] ?? undefined
  if (value === undefined || isMap(value)) return value
  return wrongType(scope, [...path, key], value, 'a mapping')
}

const NONE: readonly never[] = []

export function readList(scope: Scope, parent: Raw, key: string, path: Path): readonly unknown[] {
  const value = parent[key] ?? NONE
  if (Array.isArray(value)) return value
  wrongType(scope, [...path, key], value, 'a list')
  return NONE
}

export function readMaps(scope: Scope, parent: Raw, key: string, path: Path): readonly (Raw | undefined)[] {
  const list = readList(scope, parent, key, path)
  for (let i = 0; i < list.length; i++) {
    if (!isMap(list[i])) wrongType(scope, [...path, key, i], list[i], 'a mapping')
  }
  return list.every(isMap) ? list : list.map(value => (isMap(value) ? value : undefined))
}

/** An address in canonical text, if it is one. */
export function readAddress(scope: Scope, value: unknown, path: Path): Address | undefined {
  if (typeof value !== 'string') return wrongType(scope, path, value, 'an IP address')
  return parseAddress(value) ?? ignore(scope, 'bad-address', path, `${quote(value)} is not an IP address`)
}

export function wrongType(scope: Scope, path: Path, value: unknown, wanted: string): undefined {
  const hint = typeof value === 'string' && wanted === 'a number' ? 'write it without quotes' : undefined
  return fail(scope, 'wrong-type', path, `is ${describe(value)}, not ${wanted}`, hint)
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'empty'
  if (typeof value === 'string') return `the text ${quote(value)}`
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'a mapping' : String(value)
}

/** A text as JSON, cut to what a line can bear. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text)
}
