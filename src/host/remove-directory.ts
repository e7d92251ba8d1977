// SPDX-License-Identifier: Apache-2.0
import { existsSync, rmdirSync } from 'node:fs'

/**
 * Removes an empty directory. One that is a mount point, or that a read-only file system holds (a volume of a pod is both), stays:
 * then false.
 */
export function removeDirectory(path: string): boolean {
  try {
    if (existsSync(path)) rmdirSync(path)
    return true
  } catch (error) {
    if (STAYS.has((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

const STAYS = new Set(['EBUSY', 'EROFS'])
