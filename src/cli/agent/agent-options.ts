// SPDX-License-Identifier: Apache-2.0
import type { GateScope } from '../../agent/gate/gate.ts'
import type { Level } from '../../agent/log.ts'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
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
  mode?: Mode
  file?: string
  exposure?: string
  channel?: string
  gate: GateScope
  alwaysAllow?: string[]
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

/** Where an agent has what it serves from: `gated` has the exposure reviewed, and the endpoints of the API server. */
export const MODES = ['live', 'gated', 'pinned'] as const
type Mode = (typeof MODES)[number]

/** The mode that flags choose, or imply. Flags of another mode are wrong use (exit 2). */
export function modeOf({ mode: given, file, exposure }: Pick<AgentOptions, 'mode' | 'file' | 'exposure'>): Mode {
  const mode = given ?? (exposure !== undefined ? 'gated' : file !== undefined ? 'pinned' : 'live')
  const stray =
    mode !== 'gated' && exposure !== undefined
      ? '--exposure'
      : mode !== 'pinned' && file !== undefined
        ? '--file'
        : undefined
  if (stray !== undefined) {
    const message = `--mode ${mode} takes no ${stray}`
    throw failure(EXIT.usage, 'bad-arguments', message, 'pinned takes --file, gated takes --exposure')
  }
  if (mode !== 'gated' || exposure !== undefined) return mode
  const hint = '--exposure DIR, as balancing split writes it, or --exposure configmaps:NAMESPACE'
  throw failure(EXIT.usage, 'bad-arguments', '--mode gated needs an exposure', hint)
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
