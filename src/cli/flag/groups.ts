// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'

/** Adds flags that belong together to a command, and returns it. */
type FlagGroup = (command: Command) => Command

/** Adds groups of flags to a command, in the order of its help. */
export function withGroups(command: Command, ...groups: readonly FlagGroup[]): Command {
  return groups.reduce((sum, group) => group(sum), command)
}
