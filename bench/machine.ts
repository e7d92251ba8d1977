// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { capable } from '../test/kernel/capable.ts'
import { run } from './child.ts'
import { tool } from './scratch.ts'

const TOOLS = ['measure', 'packets', 'programs', 'verified', 'floor.bpf.o', 'packets.bpf.o', 'steps.bpf.o']

/** What the bench cannot do without here, each thing in a few words. */
export function missingHere(): string[] {
  const can = capable()
  const tools = TOOLS.filter(name => !existsSync(tool(name))).map(name => `build/bench/${name}`)
  return can.ok ? tools : [...can.missing, ...tools]
}

/** What figures were taken on, in a line. */
export async function describeMachine(): Promise<string> {
  const { stdout } = await run('bpftool', ['version'])
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[0]
  const processor = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`
  const software = `Linux ${release()}, Node.js ${process.version}, ${stdout.split('\n')[0]}`
  return `${processor}; ${software}. Load when it began: ${load} (figures on a busy machine are higher).`
}
