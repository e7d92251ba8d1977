// SPDX-License-Identifier: Apache-2.0
/** `9f3c1a2b4c5d`: the first 12 digits of a revision, as messages and tables show it. */
export function shortRevision(revision: string): string {
  return revision.slice(0, 12)
}
