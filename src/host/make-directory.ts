// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { isDirectory } from './existing.ts'

/**
 * Makes a directory and the parents that are missing. Returns those that it made, the innermost last. Throws what the file system says. Node.js has `recursive` for this, which
 * never returns where mkdir(2) says ENOENT though the parent is there: in /proc, and behind a link to nothing.
 */
export function makeDirectory(path: string, mode: number): string[] {
  if (isDirectory(path)) return []
  const parent = dirname(path)
  const made = parent === path ? [] : makeDirectory(parent, mode)
  try {
    mkdirSync(path, { mode })
    return [...made, path]
  } catch (error) {
    // Another process was faster.
    if (isDirectory(path)) return made
    throw error
  }
}
