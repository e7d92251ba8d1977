import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A program to be called instead of bpftool ($BALANCING_BPFTOOL): a shell script, which may well call the real one. */
export function makeTool(folder: string, body: string): string {
  const path = join(mkdtempSync(join(folder, 'tool-')), 'bpftool')
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  chmodSync(path, 0o755)
  return path
}
