// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from 'commander'
import { hasErrors, warning } from '../../base/diagnostic.ts'
import { escapeLine } from '../../base/escape.ts'
import { EXIT } from '../../base/exit.ts'
import { Failure, failure } from '../../base/failure.ts'
import { commentLines } from '../../spec/comments.ts'
import { parseSpecFile, type SpecFile } from '../../spec/parse.ts'
import { printExposureJson, printExposureYaml, printJson, printYaml } from '../../spec/print.ts'
import { requireSpec } from '../flag/spec-argument.ts'
import { documented } from '../help/help.ts'
import { nameOf, readInput, writeWhole } from '../input/files.ts'
import { answer, answerDone, progress, sayDiagnostics } from '../output/streams.ts'

interface Options {
  file?: string[]
  check?: boolean
  write?: boolean
  output?: 'yaml' | 'json'
  force?: boolean
}

export function fmtCommand(program: Command): void {
  const command = program
    .command('fmt')
    .summary('print a spec in its canonical form, or write it back')
    .description(
      'The canonical form is what render prints: sorted, one endpoint a line, without comments. A spec keeps its meaning and its revision.',
    )
    .argument('[spec...]', 'a spec, or - for stdin; several with --check or --write')
    .option('-f, --file <spec...>', 'the same as the argument')
    .addOption(
      new Option('--check', 'list the specs that are not in canonical form, and exit 1 when there are any').conflicts(
        'write',
      ),
    )
    .option('--write', 'write each spec back to its file, at once, where its form changes')
    .addOption(
      new Option('-o, --output <form>', 'the form of the spec (default: its present one)').choices(['yaml', 'json']),
    )
    .option('--force', 'with --write: drop comments')
    .action(run)
  documented(command, {
    examples: [
      ['balancing fmt spec.yaml | diff spec.yaml -', 'show what the canonical form changes'],
      ['balancing fmt --write clusters/a.yaml clusters/b.yaml', 'format specs after an edit'],
      ['balancing fmt --check clusters/a.yaml', 'check in CI that a spec is formatted'],
      ['balancing fmt - -o json < spec.yaml', 'print a spec as JSON'],
    ],
    exits: {
      1: 'with --check: a spec is not in canonical form',
      3: 'a spec is not valid, or --write would drop comments (--force)',
      8: 'with --write: the specs are written, but not the list of them',
    },
  })
}

/** A spec as it is, and in its canonical form. */
interface Formatted {
  path: string
  text: string
  canonical: string
}

async function run(given: string[], options: Options): Promise<void> {
  const paths = [...given, ...(options.file ?? [])]
  if (paths.length === 0) requireSpec('fmt', undefined, undefined)
  if (options.check) return checkAll(paths, options)
  if (options.write) return writeAll(paths, options)
  if (paths.length > 1) {
    throw failure(EXIT.usage, 'bad-arguments', 'several specs cannot be printed as one', 'use --write or --check')
  }
  const { text, canonical, path } = await format(paths[0]!, options)
  sayDiagnostics(lost(path, text))
  answer(canonical)
}

async function checkAll(paths: readonly string[], options: Options): Promise<void> {
  const other = (await formatAll(paths, options)).filter(({ text, canonical }) => text !== canonical)
  answer(other.map(({ path }) => `${escapeLine(nameOf(path))}\n`).join(''))
  if (other.length > 0) process.exitCode = EXIT.differs
}

/** Nothing is written unless everything can be. */
async function writeAll(paths: readonly string[], options: Options): Promise<void> {
  if (paths.includes('-'))
    throw failure(EXIT.usage, 'bad-arguments', 'stdin cannot be written back', 'leave --write out')
  const changed = (await formatAll(paths, options)).filter(({ text, canonical }) => text !== canonical)
  const warnings = changed.flatMap(({ path, text }) => lost(path, text))
  if (warnings.length > 0 && !options.force) {
    throw new Failure(
      EXIT.invalidInput,
      warnings.map(d => ({ ...d, severity: 'error', hint: '--force drops them' })),
    )
  }
  sayDiagnostics(warnings)
  for (const { path, canonical } of changed) writeWhole(path, canonical)
  answerDone(changed.map(({ path }) => `${escapeLine(path)}\n`).join(''))
}

async function formatAll(paths: readonly string[], options: Options): Promise<Formatted[]> {
  const all: Formatted[] = []
  for (const path of paths) all.push(await format(path, options))
  return all
}

async function format(path: string, { output }: Options): Promise<Formatted> {
  const text = (await readInput(path)).toString('utf8')
  const { value, diagnostics } = parseSpecFile(text, nameOf(path))
  if (value === undefined || hasErrors(diagnostics)) throw new Failure(EXIT.invalidInput, diagnostics)
  sayDiagnostics(diagnostics)
  progress('formatting')
  const form = output ?? (/^\s*\{/.test(text) ? 'json' : 'yaml')
  return { path, text, canonical: printAs(form, value) }
}

function printAs(form: 'yaml' | 'json', { spec, isExposure }: SpecFile): string {
  if (isExposure) return form === 'json' ? printExposureJson(spec) : printExposureYaml(spec)
  return form === 'json' ? printJson(spec) : printYaml(spec)
}

/** The canonical form has no comments. */
function lost(path: string, text: string) {
  const lines = commentLines(text)
  if (lines.length === 0) return []
  const what = lines.length === 1 ? 'a comment is' : `${lines.length} comments are`
  const place = { file: nameOf(path), line: lines[0]!, column: 1 }
  return [warning('comments-lost', `${what} not in the canonical form`, { place })]
}
