import { type Command, Option } from 'commander'
import { hasErrors, warning } from '../../base/diagnostic.ts'
import { EXIT } from '../../base/exit.ts'
import { Failure, failure } from '../../base/failure.ts'
import { commentLines } from '../../spec/comments.ts'
import { parseSpec } from '../../spec/parse.ts'
import { printJson, printYaml } from '../../spec/print.ts'
import { documented } from '../help/help.ts'
import { nameOf, readInput, writeWhole } from '../input/files.ts'
import { answer, progress, sayDiagnostics } from '../output/streams.ts'

interface Options {
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
    .argument('<spec...>', 'a spec, or - for stdin; several with --check or --write')
    .addOption(
      new Option('--check', 'list the specs that have another form, and exit 1 when there are any').conflicts('write'),
    )
    .option('--write', 'write each spec back to its file, as a whole, when its form changes')
    .addOption(new Option('-o, --output <form>', 'form of the spec (default: its own)').choices(['yaml', 'json']))
    .option('--force', 'with --write: drop comments')
    .action(run)
  documented(command, {
    examples: [
      ['balancing fmt spec.yaml | diff spec.yaml -', 'what the canonical form would change'],
      ['balancing fmt --write clusters/a.yaml clusters/b.yaml', 'after an edit by hand'],
      ['balancing fmt --check clusters/a.yaml', 'in CI'],
      ['balancing fmt - -o json < spec.yaml', 'a spec as JSON'],
    ],
    exits: {
      1: 'with --check: a spec has another form',
      3: 'a spec is not valid, or --write would drop comments (--force)',
    },
  })
}

/** A spec as it is, and in its canonical form. */
interface Formatted {
  path: string
  text: string
  canonical: string
}

function run(paths: string[], options: Options): void {
  if (options.check) return checkAll(paths, options)
  if (options.write) return writeAll(paths, options)
  if (paths.length > 1) {
    throw failure(EXIT.usage, 'bad-arguments', 'several specs cannot be printed as one', 'use --write or --check')
  }
  const { text, canonical, path } = format(paths[0]!, options)
  sayDiagnostics(lost(path, text))
  answer(canonical)
}

function checkAll(paths: readonly string[], options: Options): void {
  const other = paths.map(path => format(path, options)).filter(({ text, canonical }) => text !== canonical)
  answer(other.map(({ path }) => `${nameOf(path)}\n`).join(''))
  if (other.length > 0) process.exitCode = EXIT.differs
}

/** Nothing is written unless everything can be. */
function writeAll(paths: readonly string[], options: Options): void {
  if (paths.includes('-'))
    throw failure(EXIT.usage, 'bad-arguments', 'stdin cannot be written back', 'leave --write out')
  const changed = paths.map(path => format(path, options)).filter(({ text, canonical }) => text !== canonical)
  const warnings = changed.flatMap(({ path, text }) => lost(path, text))
  if (warnings.length > 0 && !options.force) {
    throw new Failure(
      EXIT.invalidInput,
      warnings.map(d => ({ ...d, severity: 'error', hint: '--force drops them' })),
    )
  }
  sayDiagnostics(warnings)
  for (const { path, canonical } of changed) {
    writeWhole(path, canonical)
    answer(`${path}\n`)
  }
}

function format(path: string, { output }: Options): Formatted {
  const text = readInput(path).toString('utf8')
  const { value, diagnostics } = parseSpec(text, nameOf(path))
  if (value === undefined || hasErrors(diagnostics)) throw new Failure(EXIT.invalidInput, diagnostics)
  sayDiagnostics(diagnostics)
  progress('formatting')
  const form = output ?? (/^\s*\{/.test(text) ? 'json' : 'yaml')
  return { path, text, canonical: form === 'json' ? printJson(value) : printYaml(value) }
}

/** The canonical form has no comments. */
function lost(path: string, text: string) {
  const lines = commentLines(text)
  if (lines.length === 0) return []
  const what = lines.length === 1 ? 'a comment is' : `${lines.length} comments are`
  const place = { file: nameOf(path), line: lines[0]!, column: 1 }
  return [warning('comments-lost', `${what} not in the canonical form`, { place })]
}
