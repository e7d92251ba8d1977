/** Where on this machine balancing works. */
export interface Target {
  /** Directory on bpffs that holds the pins of maps and programs. */
  pinDir: string
  /** The cgroup2 directory that the programs are attached to. */
  cgroup: string
  /** Path of the compiled object that this build ships. */
  object: string
}
