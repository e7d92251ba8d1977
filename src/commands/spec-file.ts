import { hostname } from 'node:os'
import { hasErrors } from '../base/diagnostic.ts'
import { EXIT } from '../base/exit.ts'
import { Failure } from '../base/failure.ts'
import { compile, type NodeImage } from '../compile/compile.ts'
import { parseSpec } from '../spec/parse.ts'
import type { Spec } from '../spec/spec.ts'
import { nameOf, readInput } from './files.ts'
import { sayDiagnostics } from './streams.ts'

/** Reads a spec; its mistakes end the command (exit 3), its warnings are said. */
export function readSpec(path: string): Spec {
  return specIn(readInput(path), path)
}

/** The spec in what was read from `path`. */
export function specIn(bytes: Buffer, path: string): Spec {
  const { value, diagnostics } = parseSpec(bytes.toString('utf8'), nameOf(path))
  if (value === undefined || hasErrors(diagnostics)) throw new Failure(EXIT.invalidInput, diagnostics)
  sayDiagnostics(diagnostics)
  return value
}

/** --node, else $NODE_NAME, else the host name. */
export function nodeName(option: string | undefined): string {
  return option ?? (process.env.NODE_NAME || hostname())
}

/** Compiles for a node; one that the spec does not hold is invalid input. */
export function compileFor(spec: Spec, node: string): NodeImage {
  const { value, diagnostics } = compile(spec, node)
  if (value === undefined) throw new Failure(EXIT.invalidInput, diagnostics)
  return value
}
