// SPDX-License-Identifier: Apache-2.0
/** Where a dataplane is pinned and attached. */
export interface Location {
  /** Directory on bpffs that holds the pins of maps and programs. */
  pinDir: string
  /** The cgroup2 directory that the programs are attached to. */
  cgroup: string
}

/** A location, and the programs that go there. */
export interface Target extends Location {
  /** Path of the compiled object that this build ships. */
  object: string
}
