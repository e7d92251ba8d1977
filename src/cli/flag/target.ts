// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { nodeCgroup } from '../../host/cgroups.ts'
import { History } from '../../node/history/history.ts'
import type { Target } from '../../node/target.ts'

export interface TargetOptions {
  cgroup?: string
  pinDir: string
}

export interface StateOptions {
  stateDir?: string
}

/** The programs that this build ships: beside the bundle. */
export const OBJECT = fileURLToPath(new URL('./bpf/cgroup.bpf.o', import.meta.url))

const DEFAULT_PIN_DIR = '/sys/fs/bpf/balancing'
const DEFAULT_STATE_DIR = '/var/lib/balancing'

/** The flags for where a dataplane is pinned and attached. */
export function withTarget(command: Command): Command {
  const cgroup = 'serve the processes of this cgroup (default: the root of the cgroup2 mount)'
  return command
    .addOption(directory('--cgroup', cgroup, 'BALANCING_CGROUP'))
    .addOption(directory('--pin-dir', 'pin maps and programs here', 'BALANCING_PIN_DIR', DEFAULT_PIN_DIR))
}

/** A flag for a directory. A variable may stand in for it; an empty variable is none. */
export function directory(flag: string, about: string, variable?: string, usual?: string): Option {
  const option = new Option(`${flag} <dir>`, about).default(usual).argParser(named)
  return variable === undefined || process.env[variable] === '' ? option : option.env(variable)
}

/** An empty name would be the current directory. */
function named(path: string): string {
  if (path === '') throw new InvalidArgumentError('A directory has a name.')
  return path
}

export function targetOf({ cgroup, pinDir }: TargetOptions): Target {
  return {
    cgroup: cgroup === undefined ? nodeCgroup() : resolve(cgroup),
    pinDir: resolve(pinDir),
    object: OBJECT,
  }
}

/** The flag for where the history is. */
export function withState(command: Command): Command {
  const about = `where the history of applied specs is kept (default: ${DEFAULT_STATE_DIR}, another one for each other --pin-dir)`
  return command.addOption(directory('--state-dir', about, 'BALANCING_STATE_DIR'))
}

export function historyOf({ stateDir, pinDir }: StateOptions & Pick<TargetOptions, 'pinDir'>): History {
  return new History(stateDir === undefined ? stateDirOf(resolve(pinDir)) : resolve(stateDir))
}

/** What a command line to be completed says so far; defaults are not filled in. */
export interface GivenTarget {
  stateDir?: string | undefined
  pinDir?: string | undefined
}

export function historyNear({ stateDir, pinDir }: GivenTarget): History {
  const { BALANCING_STATE_DIR, BALANCING_PIN_DIR } = process.env
  const told = stateDir || BALANCING_STATE_DIR
  return historyOf({ ...(told && { stateDir: told }), pinDir: pinDir || BALANCING_PIN_DIR || DEFAULT_PIN_DIR })
}

/**
 * Each pin directory has its own history: its lock guards both, and an apply there says nothing of another one.
 * /sys/fs/bpf/lab has /var/lib/balancing@sys-fs-bpf-lab.
 */
function stateDirOf(pinDir: string): string {
  if (pinDir === DEFAULT_PIN_DIR) return DEFAULT_STATE_DIR
  const words = pinDir.split('/').slice(1)
  return `${DEFAULT_STATE_DIR}@${words.map(word => encodeURIComponent(word).replaceAll('-', '%2D')).join('-')}`
}
