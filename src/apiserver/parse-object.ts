// SPDX-License-Identifier: Apache-2.0
import { isMap, type Raw } from '../cluster/reader.ts'

/** The JSON object that a text is; undefined for what is none. */
export function parseObject(text: string): Raw | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isMap(value) ? value : undefined
  } catch {
    return undefined
  }
}
