// SPDX-License-Identifier: Apache-2.0
import { hostname } from 'node:os'
import { type Command, Option } from 'commander'
import { hasErrors, type Result } from '../../base/diagnostic.ts'
import { EXIT } from '../../base/exit.ts'
import { Failure } from '../../base/failure.ts'
import type { JoinedSpec } from '../../spec/directory/join.ts'
import type { Spec } from '../../spec/spec.ts'
import { sayDiagnostics } from '../output/streams.ts'
import { parseInput, readSpecInput, type SpecInput } from './spec-input.ts'

/** Reads a spec; its mistakes end the command (exit 3), its warnings are said. */
export async function readSpec(path: string): Promise<Spec> {
  return specIn(await readSpecInput(path)).spec
}

/** Reads a spec or an exposure alone; the Services of an exposure have no endpoints. */
export async function readExposure(path: string): Promise<Spec> {
  return requireValue(parseInput(await readSpecInput(path), true)).spec
}

/** The spec in what was read, and the files it has. */
export function specIn(input: SpecInput): JoinedSpec {
  return requireValue(parseInput(input, false))
}

/** The value; errors end the command (exit 3), warnings are said. */
export function requireValue<T>({ value, diagnostics }: Result<T>): T {
  if (value === undefined || hasErrors(diagnostics)) throw new Failure(EXIT.invalidInput, diagnostics)
  sayDiagnostics(diagnostics)
  return value
}

/** The flags that choose the node to compile for. */
export interface NodeChoice {
  node?: string
  external?: boolean
}

export function withNodeChoice(command: Command): Command {
  return command
    .option('--node <node>', 'the node to compile for (default: $NODE_NAME, then the host name)')
    .addOption(new Option('--external', 'compile for a host outside the cluster').conflicts('node'))
}

/** The chosen node: --node, then $NODE_NAME, then the host name; null for --external. */
export function chosenNode({ node, external }: NodeChoice): string | null {
  return external ? null : nodeName({ node })
}

/** --node, then $NODE_NAME, then the host name. */
export function nodeName({ node }: { node?: string | undefined }): string {
  return node ?? (process.env.NODE_NAME || hostname())
}
