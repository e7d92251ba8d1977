import type { Command } from 'commander'
import { openNode } from '../apply/node.ts'
import { isDone, planWork } from '../apply/work.ts'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import { changesBetween, describeChanges } from '../diff/changes.ts'
import { diff } from '../diff/diff.ts'
import { printChanges } from '../diff/print.ts'
import { revisionOf } from '../spec/revision.ts'
import { printBeyond } from './apply.ts'
import { namesOf } from './names.ts'
import { compileFor, nodeName, readSpec } from './spec-file.ts'
import { answer } from './streams.ts'
import { type TargetOptions, targetOf, withTarget } from './target.ts'

interface Options extends TargetOptions {
  file?: string
  node?: string
}

export function diffCommand(program: Command): void {
  withTarget(
    program
      .command('diff')
      .summary('show what would change on a node: spec against kernel, or spec against spec')
      .argument('[old]', 'a spec')
      .argument('[new]', 'another spec')
      .option('-f, --file <spec>', 'compare this spec with what the node has')
      .option('--node <name>', 'the node to compile for (default: $NODE_NAME, then the host name)'),
  )
    .addHelpText('after', '\nExit code 0: equal. 1: they differ.\n')
    .action(run)
}

async function run(before: string | undefined, after: string | undefined, options: Options): Promise<void> {
  const node = nodeName(options.node)
  if (before !== undefined && after !== undefined && options.file === undefined)
    return betweenSpecs(before, after, node)
  if (before === undefined && options.file !== undefined) return againstKernel(options.file, node, options)
  const hint = 'balancing diff -f SPEC, or balancing diff OLD NEW'
  throw failure(EXIT.usage, 'bad-arguments', 'give either --file or two specs', hint)
}

function betweenSpecs(before: string, after: string, node: string): void {
  const old = compileFor(readSpec(before), node)
  const now = compileFor(readSpec(after), node)
  const plan = diff(old.image, now.image)
  report(printChanges(changesBetween(old.image, now.image), plan, namesOf(old, now)), plan.steps.length)
}

async function againstKernel(file: string, node: string, options: Options): Promise<void> {
  const opened = await openNode(targetOf(options))
  const spec = readSpec(file)
  const compiled = compileFor(spec, node)
  const work = await planWork(opened, compiled.image, revisionOf(spec))
  const changes = describeChanges(work.changed, work.observed, work.desired)
  report(printChanges(changes, work.plan, namesOf(compiled)) + printBeyond(work), isDone(work) ? 0 : 1)
}

function report(text: string, differences: number): void {
  answer(differences === 0 ? 'no changes\n' : text)
  if (differences > 0) process.exitCode = EXIT.differs
}
