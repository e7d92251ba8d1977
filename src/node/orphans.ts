// SPDX-License-Identifier: Apache-2.0
import type { AttachedProgram } from '../bpf/hooks/attached.ts'

/** `programs of balancing at /sys/fs/cgroup have lost their pins …`: why apply, cleanup and doctor stop at them. */
export function formatOrphans(orphans: readonly AttachedProgram[], cgroup: string): string {
  const list = orphans.map(({ name, id }) => `${name} (id ${id})`).join(', ')
  const places = [...new Set(orphans.map(({ point }) => point?.device ?? cgroup))]
  return `programs of balancing at ${places.join(' and ')} have lost their pins, and would decide before new ones: ${list}`
}
