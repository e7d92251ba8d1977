import { type Command, Option } from 'commander'
import { plainCount } from '../../base/count.ts'
import { EXIT } from '../../base/exit.ts'
import { Failure } from '../../base/failure.ts'
import { check } from '../../report/check/check.ts'
import { printReportGithub } from '../../report/check/print/github.ts'
import { printReportJson } from '../../report/check/print/json.ts'
import { printReportJunit } from '../../report/check/print/junit.ts'
import { isPassed, type Report, shown, strictness } from '../../report/check/report.ts'
import { parseSpec } from '../../spec/parse.ts'
import { diagnose } from '../../spec/problem.ts'
import { revisionOf } from '../../spec/revision.ts'
import { requireSpec, withSpec } from '../flag/spec-argument.ts'
import { documented } from '../help/help.ts'
import { nameOf, readInput } from '../input/files.ts'
import { answer, progress, sayDiagnostics } from '../output/streams.ts'

const PRINTERS = { json: printReportJson, github: printReportGithub, junit: printReportJunit }

interface Options {
  file?: string
  output: 'text' | keyof typeof PRINTERS
  strict?: boolean
}

export function validateCommand(program: Command): void {
  const command = withSpec(program.command('validate'))
    .summary('check a spec and say everything that is wrong with it')
    .description(
      'Errors are what keeps every command from taking a spec. Warnings are what looks wrong in one that can be applied, across the whole cluster.',
    )
    .addOption(
      new Option(
        '-o, --output <form>',
        'form of the answer: for people, programs, annotations in GitHub Actions, JUnit XML',
      )
        .choices(['text', ...Object.keys(PRINTERS)])
        .default('text'),
    )
    .option('--strict', 'warnings fail too')
    .action(run)
  documented(command, {
    examples: [
      ['balancing validate spec.yaml', 'everything that is wrong or looks wrong, with its place'],
      ['balancing validate spec.yaml --strict -o github', 'in a workflow: annotations in the pull request'],
      ['balancing validate spec.yaml -o junit > report.xml', 'for whatever reads test reports'],
    ],
    exits: { 0: 'the spec can be applied', 3: 'it cannot, or --strict and there are warnings' },
  })
}

async function run(argument: string | undefined, { file, output, strict = false }: Options): Promise<void> {
  const path = requireSpec('validate', argument, file)
  const report = examine((await readInput(path)).toString('utf8'), nameOf(path), strict)
  if (output === 'text') printText(report)
  else {
    answer(PRINTERS[output](report))
    if (!isPassed(report)) process.exitCode = EXIT.invalidInput
  }
}

function examine(text: string, file: string, strict: boolean): Report {
  const { value: spec, diagnostics } = parseSpec(text, file)
  if (!spec) return { file, spec, diagnostics, strict }
  progress('checking')
  return { file, spec, diagnostics: [...diagnostics, ...diagnose(check(spec), text, file)], strict }
}

/** As a compiler does: diagnostics on stderr, and an answer when all is well. */
function printText(report: Report): void {
  const { file, spec } = report
  sayDiagnostics(shown(report))
  if (!isPassed(report)) throw new Failure(EXIT.invalidInput, strictness(report))
  const { services, nodes } = spec!
  const revision = revisionOf(spec!).slice(0, 12)
  answer(
    `${file} is valid: ${plainCount(services.length, 'Service')}, ${plainCount(nodes.length, 'node')}, revision ${revision}\n`,
  )
}
