import type { Image } from '../image/image.ts'

/**
 * The programs of the object and the cgroup hook each is attached to, by bpftool's names, in the order in which they are
 * attached: who checks and who clears up come before those who make connections.
 */
export const PROGRAMS = {
  egress: 'egress',
  release: 'sock_release',
  getpeername4: 'getpeername4',
  getpeername6: 'getpeername6',
  recvmsg4: 'recvmsg4',
  recvmsg6: 'recvmsg6',
  connect4: 'connect4',
  connect6: 'connect6',
  sendmsg4: 'sendmsg4',
  sendmsg6: 'sendmsg6',
} as const

export type ProgramName = keyof typeof PROGRAMS
export const PROGRAM_NAMES = Object.keys(PROGRAMS) as ProgramName[]

/** The program that is attached nowhere, but run once for each generation: it fills the map `identity`. */
export const IDENTIFY = 'identify' as const

/** The programs that must be attached to serve an image: packets are looked at only where some frontend has source ranges. */
export function programsFor(image: Image): ProgramName[] {
  return PROGRAM_NAMES.filter(name => name !== 'egress' || image.source_ranges.size > 0)
}

/** Is a hook, as `bpftool cgroup show` names it, one that a program of ours is for? */
export function isOurHook(hook: string): boolean {
  const [, family, call] = /^cgroup_(?:inet|udp)([46])_([a-z]+)$/.exec(hook) ?? []
  const name = call === undefined ? hook.replace(/^cgroup_inet_/, '') : call + family
  return Object.values<string>(PROGRAMS).includes(name)
}
