// SPDX-License-Identifier: Apache-2.0
import type { Level } from '../../agent/log.ts'
import type { DeviceOptions } from '../flag/devices.ts'
import type { ListenOptions } from '../flag/listen.ts'
import type { PodOptions } from '../flag/pods.ts'
import { historyOf, type StateOptions, type TargetOptions } from '../flag/target.ts'
import type { XdpOptions } from '../flag/xdp.ts'
import type { NodeChoice } from '../input/spec-file.ts'

/** The flags of an agent. */
export interface AgentOptions
  extends TargetOptions,
    StateOptions,
    DeviceOptions,
    PodOptions,
    XdpOptions,
    NodeChoice,
    ListenOptions {
  mode: 'live' | 'pinned'
  file?: string
  kubeconfig?: string
  context?: string
  apiserver?: string[]
  nodeAddresses: 'all' | 'own'
  checkpoint?: string
  /** Milliseconds. */
  resync: number
  dryRun?: boolean
  logLevel: Level
  lockTimeout: number
}

/** The history of a node is the checkpoint of its agent. */
export function historyOfAgent({
  checkpoint,
  stateDir,
  pinDir,
}: Pick<AgentOptions, 'checkpoint' | 'stateDir' | 'pinDir'>) {
  const directory = checkpoint ?? stateDir
  return historyOf(directory === undefined ? { pinDir } : { pinDir, stateDir: directory })
}
