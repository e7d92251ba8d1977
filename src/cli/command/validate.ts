// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from 'commander'
import { plainCount } from '../../base/count.ts'
import { escapeLine } from '../../base/escape.ts'
import { EXIT } from '../../base/exit.ts'
import { Failure } from '../../base/failure.ts'
import { shortRevision } from '../../base/short-revision.ts'
import { check, checkExposure } from '../../report/check/check.ts'
import { printReportGithub } from '../../report/check/print/github.ts'
import { printReportJson } from '../../report/check/print/json.ts'
import { printReportJunit } from '../../report/check/print/junit.ts'
import { isPassed, type Report, strictness, WHERE_THE_REST_IS } from '../../report/check/report.ts'
import { diagnoseIn } from '../../spec/problem.ts'
import { revisionOf } from '../../spec/revision.ts'
import { requireSpec, withSpec } from '../flag/spec-argument.ts'
import { documented } from '../help/help.ts'
import { parseInput, readSpecInput, type SpecInput } from '../input/spec-input.ts'
import { answer, progress, sayDiagnostics } from '../output/streams.ts'

const PRINTERS = { json: printReportJson, github: printReportGithub, junit: printReportJunit }

interface Options {
  file?: string
  output: 'text' | keyof typeof PRINTERS
  strict?: boolean
}

export function validateCommand(program: Command): void {
  const command = withSpec(program.command('validate'))
    .summary('check a spec, or an exposure, and report everything that is wrong with it')
    .description(
      'An error keeps every command from using the spec. A warning is about something that looks wrong in a spec that can be applied.',
    )
    .addOption(
      new Option('-o, --output <form>', 'the form of the report: text, JSON, annotations for GitHub Actions, JUnit XML')
        .choices(['text', ...Object.keys(PRINTERS)])
        .default('text'),
    )
    .option('--strict', 'fail also on warnings')
    .action(run)
  documented(command, {
    examples: [
      ['balancing validate spec.yaml', 'report everything that is or looks wrong, with its place'],
      ['balancing validate spec.yaml --strict -o github', 'annotate a pull request from a workflow'],
      ['balancing validate spec.yaml -o junit > report.xml', 'write a test report'],
    ],
    exits: { 0: 'the file is valid', 3: 'the file is not valid, or there are warnings and --strict' },
  })
}

async function run(argument: string | undefined, { file, output, strict = false }: Options): Promise<void> {
  const path = requireSpec('validate', argument, file)
  const report = examine(await readSpecInput(path), strict)
  if (output === 'text') printText(report)
  else {
    answer(PRINTERS[output](report))
    if (!isPassed(report)) process.exitCode = EXIT.invalidInput
  }
}

function examine(input: SpecInput, strict: boolean): Report {
  const { value, diagnostics } = parseInput(input, true)
  const file = input.name
  if (!value) return { file, spec: undefined, isExposure: false, diagnostics, strict }
  progress('checking')
  const { spec, isExposure, sourceOf } = value
  const found = isExposure ? checkExposure(spec) : check(spec)
  return { file, spec, isExposure, diagnostics: [...diagnostics, ...diagnoseIn(found, sourceOf)], strict }
}

/** As a compiler does: diagnostics on stderr, and an answer when all is well. */
function printText(report: Report): void {
  const { file, spec, isExposure } = report
  sayDiagnostics(report.diagnostics, WHERE_THE_REST_IS)
  if (!isPassed(report)) throw new Failure(EXIT.invalidInput, strictness(report))
  const { services, nodes } = spec!
  const revision = shortRevision(revisionOf(spec!))
  const verdict = isExposure ? 'is a valid exposure' : 'is valid'
  answer(
    `${escapeLine(file)} ${verdict}: ${plainCount(services.length, 'Service')}, ${plainCount(nodes.length, 'node')}, revision ${revision}\n`,
  )
}
