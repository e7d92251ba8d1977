// SPDX-License-Identifier: Apache-2.0
import { countsLockedMemory } from '../../host/locked-memory.ts'

/**
 * What helps when the kernel has no room for a map, an entry or a program. The memory cgroup of whoever makes it pays, and
 * bpftool is killed when there is no more; before Linux 5.11, RLIMIT_MEMLOCK counts. Undefined when it is about something
 * else.
 */
export function noRoomHint(message: string): string | undefined {
  if (/Cannot allocate memory|ended by SIGKILL/.test(message))
    return 'raise the memory limit of the cgroup that this runs in (memory.max), or free memory on this node'
  if (message.includes('Operation not permitted') && countsLockedMemory())
    return 'Linux before 5.11 counts maps as locked memory: ulimit -l unlimited (systemd: LimitMEMLOCK=infinity)'
  if (/Argument list too long|No space left on device/.test(message))
    return 'the map is full, so another program writes to it: run balancing apply again, and it is made anew'
  return undefined
}
