/** The programs of the object and the cgroup hook each is attached to, by bpftool's names. */
export const PROGRAMS = {
  connect4: 'connect4',
  connect6: 'connect6',
} as const

export type ProgramName = keyof typeof PROGRAMS
export const PROGRAM_NAMES = Object.keys(PROGRAMS) as ProgramName[]
