// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { agentCommand } from './command/agent.ts'
import { applyCommand } from './command/apply.ts'
import { cleanupCommand } from './command/cleanup.ts'
import { compileCommand } from './command/compile.ts'
import { completionCommand } from './command/completion.ts'
import { diffCommand } from './command/diff.ts'
import { doctorCommand } from './command/doctor.ts'
import { explainCommand } from './command/explain.ts'
import { exportCommand } from './command/export.ts'
import { fmtCommand } from './command/fmt.ts'
import { historyCommand } from './command/history.ts'
import { indexCommand } from './command/index-directory.ts'
import { renderCommand } from './command/render.ts'
import { rollbackCommand } from './command/rollback.ts'
import { schemaCommand } from './command/schema.ts'
import { splitCommand } from './command/split.ts'
import { statusCommand } from './command/status.ts'
import { validateCommand } from './command/validate.ts'
import { versionCommand } from './command/version.ts'

/** Every command, in the order of the help: each adds itself to the program. */
export const COMMANDS: readonly ((program: Command) => void)[] = [
  renderCommand,
  validateCommand,
  compileCommand,
  diffCommand,
  applyCommand,
  agentCommand,
  statusCommand,
  explainCommand,
  doctorCommand,
  historyCommand,
  rollbackCommand,
  exportCommand,
  cleanupCommand,
  fmtCommand,
  splitCommand,
  indexCommand,
  schemaCommand,
  versionCommand,
  completionCommand,
]
