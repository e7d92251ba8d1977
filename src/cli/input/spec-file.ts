// SPDX-License-Identifier: Apache-2.0
import { hostname } from 'node:os'
import { type Command, Option } from 'commander'
import { hasErrors } from '../../base/diagnostic.ts'
import { EXIT } from '../../base/exit.ts'
import { Failure } from '../../base/failure.ts'
import { parseSpec, parseSpecFile } from '../../spec/parse.ts'
import type { Spec } from '../../spec/spec.ts'
import { sayDiagnostics } from '../output/streams.ts'
import { nameOf, readInput } from './files.ts'

/** Reads a spec; its mistakes end the command (exit 3), its warnings are said. */
export async function readSpec(path: string): Promise<Spec> {
  return specIn(await readInput(path), path)
}

/** Reads a spec or an exposure alone; the Services of an exposure have no endpoints. */
export async function readExposure(path: string): Promise<Spec> {
  const { value, diagnostics } = parseSpecFile((await readInput(path)).toString('utf8'), nameOf(path))
  if (value === undefined || hasErrors(diagnostics)) throw new Failure(EXIT.invalidInput, diagnostics)
  sayDiagnostics(diagnostics)
  return value.spec
}

/** The spec in what was read from `path`. */
export function specIn(bytes: Buffer, path: string): Spec {
  const { value, diagnostics } = parseSpec(bytes.toString('utf8'), nameOf(path))
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
