import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import type { Target } from '../apply/node.ts'
import { History } from '../history/history.ts'
import { cgroup2Root } from '../kernel/mounts.ts'

export interface TargetOptions {
  cgroup?: string
  pinDir: string
}

export interface StateOptions {
  stateDir: string
}

/** The programs that this build ships: beside the bundle. */
export const OBJECT = fileURLToPath(new URL('./bpf/cgroup.bpf.o', import.meta.url))

const DEFAULT_PIN_DIR = '/sys/fs/bpf/balancing'
const DEFAULT_STATE_DIR = '/var/lib/balancing'

/** The flags that say where on a node to work. */
export function withTarget(command: Command): Command {
  return command
    .option('--cgroup <dir>', 'cgroup whose processes are served (default: the root of the cgroup2 mount)')
    .option('--pin-dir <dir>', 'where maps and programs are pinned', DEFAULT_PIN_DIR)
}

export function targetOf({ cgroup, pinDir }: TargetOptions): Target {
  return {
    cgroup: cgroup === undefined ? cgroup2Root() : resolve(cgroup),
    pinDir: resolve(pinDir),
    object: OBJECT,
  }
}

/** The flag that says where the specs are that were put in place; each pin directory has its own. */
export function withState(command: Command): Command {
  return command.option('--state-dir <dir>', 'where the specs are kept that were put in place', DEFAULT_STATE_DIR)
}

export function historyOf({ stateDir }: StateOptions): History {
  return new History(resolve(stateDir))
}
