import type { Command } from 'commander'
import { openNode } from '../apply/node.ts'
import { isDone, planWork } from '../apply/work.ts'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import { changesBetween } from '../diff/changes.ts'
import { diff } from '../diff/diff.ts'
import { printChanges } from '../diff/print.ts'
import { revisionOf } from '../spec/revision.ts'
import { printWork } from './apply.ts'
import { documented } from './help.ts'
import { namesOf, withSaved } from './names.ts'
import { compileFor, type PlaceOptions, readSpec, withPlace } from './spec-file.ts'
import { answer } from './streams.ts'
import { historyOf, type StateOptions, type TargetOptions, targetOf, withState, withTarget } from './target.ts'

interface Options extends TargetOptions, PlaceOptions, StateOptions {
  file?: string
}

export function diffCommand(program: Command): void {
  const command = withState(
    withTarget(
      withPlace(
        program
          .command('diff')
          .summary('show what would change on a node: spec against kernel, or spec against spec')
          .argument('[old]', 'a spec')
          .argument('[new]', 'another spec')
          .option('-f, --file <spec>', 'compare this spec with what the node has'),
      ),
    ),
  ).action(run)
  documented(command, {
    examples: [
      ['balancing diff -f spec.yaml', 'what apply would change on this node'],
      ['balancing diff old.yaml new.yaml --node node-a1', 'what a change of the spec means for a node'],
    ],
    exits: { 0: 'equal', 1: 'they differ' },
  })
}

async function run(before: string | undefined, after: string | undefined, options: Options): Promise<void> {
  if (before !== undefined && after !== undefined && options.file === undefined)
    return betweenSpecs(before, after, options)
  if (before === undefined && options.file !== undefined) return againstKernel(options.file, options)
  const hint = 'balancing diff -f SPEC, or balancing diff OLD NEW'
  throw failure(EXIT.usage, 'bad-arguments', 'give either --file or two specs', hint)
}

function betweenSpecs(before: string, after: string, place: PlaceOptions): void {
  const old = compileFor(readSpec(before), place)
  const now = compileFor(readSpec(after), place)
  const plan = diff(old.image, now.image)
  report(printChanges(changesBetween(old.image, now.image), plan, namesOf(old, now)), plan.steps.length)
}

async function againstKernel(file: string, options: Options): Promise<void> {
  const opened = await openNode(targetOf(options))
  const spec = readSpec(file)
  const compiled = compileFor(spec, options)
  const work = await planWork(opened, compiled.image, revisionOf(spec))
  report(printWork(work, withSaved(namesOf(compiled), historyOf(options))), isDone(work) ? 0 : 1)
}

function report(text: string, differences: number): void {
  answer(differences === 0 ? 'no changes\n' : text)
  if (differences > 0) process.exitCode = EXIT.differs
}
