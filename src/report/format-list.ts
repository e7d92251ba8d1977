// SPDX-License-Identifier: Apache-2.0
/** How many of a list a text names. */
export const LONGEST_LIST = 4

/** `a, b, c, d and 3 more` */
export function formatList(texts: readonly string[], most = LONGEST_LIST): string {
  const shown = texts.slice(0, most).join(', ')
  return texts.length > most ? `${shown} and ${texts.length - most} more` : shown
}
