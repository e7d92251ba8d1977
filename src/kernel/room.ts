/**
 * What helps when the kernel has no room for a map, an entry or a program: the memory cgroup of whoever makes it pays
 * (since Linux 5.11), and is killed when it has no more; or its RLIMIT_MEMLOCK counts. Undefined when it is about something else.
 */
export function noRoomHint(message: string): string | undefined {
  if (/Cannot allocate memory|ended by SIGKILL/.test(message))
    return 'raise the memory limit of the cgroup that this runs in (memory.max), or free memory on this node'
  if (message.includes('Operation not permitted'))
    return 'Linux before 5.11 counts maps as locked memory: ulimit -l unlimited (systemd: LimitMEMLOCK=infinity)'
  if (/Argument list too long|No space left on device/.test(message))
    return 'the map is full, so somebody else writes to it: run balancing apply again, and it is made anew'
  return undefined
}
