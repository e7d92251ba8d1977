// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A program to be called instead of bpftool ($BALANCING_BPFTOOL): a shell script, which may well call the real one. */
export function makeTool(folder: string, body: string): string {
  const path = join(mkdtempSync(join(folder, 'tool-')), 'bpftool')
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  chmodSync(path, 0o755)
  return path
}

/** Shell text by which a tool kills the command that runs it. Builds after 0.1.0 run it under timeout(1). */
export const KILL_COMMAND =
  'command=$PPID; read -r _ name _ command_of_timeout _ < /proc/$PPID/stat; ' +
  '[ "$name" = "(timeout)" ] && command=$command_of_timeout; kill -9 $command'
