/**
 * What helps when the kernel has no room for a map or a program: the memory cgroup of whoever makes it pays (since Linux
 * 5.11), or its RLIMIT_MEMLOCK counts. Undefined when it is about something else.
 */
export function noRoomHint(message: string): string | undefined {
  if (message.includes('Cannot allocate memory'))
    return 'raise the memory limit of the cgroup that this runs in (memory.max), or free memory on this node'
  if (message.includes('Operation not permitted'))
    return 'Linux before 5.11 counts maps as locked memory: ulimit -l unlimited (systemd: LimitMEMLOCK=infinity)'
  return undefined
}
