// SPDX-License-Identifier: Apache-2.0
import type { Path } from '../base/place.ts'
import type { Origin } from './source.ts'

/** A diagnostic before it is located: most exports have none, and locating means parsing once more. */
export interface Finding {
  severity: 'error' | 'warning'
  code: string
  message: string
  hint?: string
  origin: Origin
  /** The field in the object at `origin`. */
  path: Path
  /** Point at the field's name, not at its value. */
  key?: boolean
  /** The byte itself, for mistakes in the syntax; then `path` says nothing. */
  at?: number
  /** Another object that the message is about; its file and line are added to the message. */
  other?: Origin
}

/** `spec.ports[0].nodePort` */
export function formatPath(path: Path): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('')
}
