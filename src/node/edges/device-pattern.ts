// SPDX-License-Identifier: Apache-2.0

/** Does a name match a pattern? `*` stands for any characters, `?` for one, everything else for itself. */
export function matchesPattern(name: string, pattern: string): boolean {
  const source = pattern.replace(/[\\^$.*+?()[\]{}|]/g, character => {
    if (character === '*') return '.*'
    return character === '?' ? '.' : `\\${character}`
  })
  return new RegExp(`^${source}$`, 's').test(name)
}
