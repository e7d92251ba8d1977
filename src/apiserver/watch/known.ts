// SPDX-License-Identifier: Apache-2.0

/** The keys that a listener was told of, and during a list, which of them came. */
export interface Known {
  /** A list begins, or begins again. */
  begin(): void
  put(key: string): void
  /** Whether the key was known. */
  remove(key: string): boolean
  /** The list is whole: the keys that it lacks, and how many were known before it and are in it. */
  end(): { missing: string[]; known: number; listed: number }
}

export function knownKeys(): Known {
  const known = new Set<string>()
  let came = new Set<string>()
  let isListing = false
  let before = 0
  return {
    begin() {
      before = known.size
      came = new Set()
      isListing = true
    },
    put(key) {
      known.add(key)
      if (isListing) came.add(key)
    },
    remove(key) {
      came.delete(key)
      return known.delete(key)
    },
    end() {
      const missing = came.size === known.size ? [] : [...known].filter(key => !came.has(key))
      const listed = came.size
      came = new Set()
      isListing = false
      return { missing, known: before, listed }
    },
  }
}
