// SPDX-License-Identifier: Apache-2.0
import { cpSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** A build of balancing that is measured. */
export interface Variant {
  name: string
  /** Its bin/balancing. */
  balancing: string
}

/**
 * Copies a build, so that a `make` meanwhile does not change what is measured. `path` is a built checkout, or an
 * object to take for that of the checkout `root`: the command must then know its layout.
 */
export function copyVariant(files: string, root: string, name: string, path: string): Variant {
  const object = path.endsWith('.o')
  const to = join(files, 'variants', name)
  for (const part of ['bin', 'dist'])
    cpSync(join(object ? root : resolve(path), part), join(to, part), { recursive: true })
  if (object) cpSync(path, join(to, 'dist/bpf/cgroup.bpf.o'))
  return { name, balancing: join(to, 'bin/balancing') }
}
