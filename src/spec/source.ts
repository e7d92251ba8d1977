// SPDX-License-Identifier: Apache-2.0
import type { Path } from '../base/place.ts'

/** A file that a spec, or a part of one, was read from. */
export interface Source {
  file: string
  text: string
}

/** The file in which a path of a spec stands: a spec that is a directory has several. */
export type SourceOf = (path: Path) => Source
