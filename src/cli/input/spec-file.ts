import { hostname } from 'node:os'
import { type Command, Option } from 'commander'
import { hasErrors } from '../../base/diagnostic.ts'
import { EXIT } from '../../base/exit.ts'
import { Failure } from '../../base/failure.ts'
import { compile, type NodeImage } from '../../compile/compile.ts'
import { viewpointIn } from '../../compile/viewpoint.ts'
import { parseSpec } from '../../spec/parse.ts'
import type { Spec } from '../../spec/spec.ts'
import { progress, sayDiagnostics } from '../output/streams.ts'
import { nameOf, readInput } from './files.ts'

/** Reads a spec; its mistakes end the command (exit 3), its warnings are said. */
export async function readSpec(path: string): Promise<Spec> {
  return specIn(await readInput(path), path)
}

/** The spec in what was read from `path`. */
export function specIn(bytes: Buffer, path: string): Spec {
  const { value, diagnostics } = parseSpec(bytes.toString('utf8'), nameOf(path))
  if (value === undefined || hasErrors(diagnostics)) throw new Failure(EXIT.invalidInput, diagnostics)
  sayDiagnostics(diagnostics)
  return value
}

/** The flags that say for whom to compile. */
export interface PlaceOptions {
  node?: string
  external?: boolean
}

export function withPlace(command: Command): Command {
  return command
    .option('--node <node>', 'the node to compile for (default: $NODE_NAME, then the host name)')
    .addOption(new Option('--external', 'compile for a host outside the cluster').conflicts('node'))
}

/** The node that --node, $NODE_NAME or the host name say. */
export function nodeName({ node }: PlaceOptions): string {
  return node ?? (process.env.NODE_NAME || hostname())
}

/** Compiles for --external, --node, $NODE_NAME or the host name; a node that the spec does not hold is invalid input. */
export function compileFor(spec: Spec, place: PlaceOptions): NodeImage {
  progress('compiling')
  const { value: viewpoint, diagnostics } = viewpointIn(spec.nodes, place.external ? null : nodeName(place))
  if (viewpoint === undefined) throw new Failure(EXIT.invalidInput, diagnostics)
  return compile(spec, viewpoint)
}
