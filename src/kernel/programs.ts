/** The programs of the object and the cgroup hook each is attached to, by bpftool's names. */
export const PROGRAMS = {
  connect4: 'connect4',
  connect6: 'connect6',
  getpeername4: 'getpeername4',
  getpeername6: 'getpeername6',
  recvmsg4: 'recvmsg4',
  recvmsg6: 'recvmsg6',
  sendmsg4: 'sendmsg4',
  sendmsg6: 'sendmsg6',
} as const

export type ProgramName = keyof typeof PROGRAMS
export const PROGRAM_NAMES = Object.keys(PROGRAMS) as ProgramName[]

/** Is a hook, as `bpftool cgroup show` names it, one that a program of ours is for? */
export function isOurHook(hook: string): boolean {
  const [, family, call] = /^cgroup_(?:inet|udp)([46])_([a-z]+)$/.exec(hook) ?? []
  return Object.values<string>(PROGRAMS).includes(call === undefined ? hook : call + family)
}
