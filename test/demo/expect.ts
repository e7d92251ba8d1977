// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { answerOf } from './cluster.ts'
import type { Exported } from './export.ts'
import type { Ran } from './terminal.ts'

/** Something that the demo must not show: it ends with this message. */
export class Surprise extends Error {}

/** A frontend as `balancing compile -o json` prints it. */
export interface Frontend {
  address: string
  port: number
  kind: string
  service: string
  internal: Answer
  external: Answer
}

interface Answer {
  action: 'forward' | 'reject' | 'drop'
  backends: string[]
}

/** The exit code, and perhaps what the output must hold. */
export function expectRan({ command, code, output }: Ran, expected: number, holds: RegExp = /(?:)/): void {
  if (code !== expected) throw new Surprise(`${command}\nended with ${code}, not ${expected}:\n${output}`)
  if (!holds.test(output)) throw new Surprise(`${command}\nprinted nothing like ${holds}:\n${output}`)
}

/**
 * Who may answer at a URL's address: the backends of the frontend, by name. What compile says is not believed alone: each
 * must be a ready endpoint of the Service in the export.
 */
export function allowedAnswers(
  { service }: Frontend,
  { backends }: Answer,
  address: string,
  exported: Exported,
): Set<string> {
  const ours = backends.filter(backend => backend.startsWith('[') === address.includes(':'))
  const endpoints = exported.endpoints.filter(e => e.service === service && e.ready && e.protocol === 'TCP')
  const names = new Map(endpoints.map(e => [hostPort(e.address, e.port), answerOf(e)]))
  for (const backend of ours) {
    if (!names.has(backend)) throw new Surprise(`${backend} is a backend of ${service}, but no ready endpoint of it`)
  }
  return new Set(ours.map(backend => names.get(backend)!))
}

/** Counts answers, one a line. Nobody else may have answered, and nobody may be missing. */
export function tally({ command, output }: Ran, allowed: ReadonlySet<string>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const answer of output.trim().split('\n')) counts.set(answer, (counts.get(answer) ?? 0) + 1)
  const wrong = [...counts.keys()].filter(answer => !allowed.has(answer))
  const missing = [...allowed].filter(answer => !counts.has(answer))
  if (wrong.length > 0) throw new Surprise(`${command}\nwas answered by ${wrong}; allowed: ${[...allowed]}`)
  if (missing.length > 0) throw new Surprise(`${command}\nwas never answered by ${missing}`)
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** No BPF program may be attached to a cgroup. */
export function expectNothingAttached(cgroup: string): void {
  const attached = execFileSync('bpftool', ['cgroup', 'show', cgroup], { encoding: 'utf8' }).trim()
  if (attached !== '') throw new Surprise(`still attached to ${cgroup}:\n${attached}`)
}

export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
