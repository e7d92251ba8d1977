import { type Command, Option } from 'commander'
import { type Diagnostic, hasErrors } from '../base/diagnostic.ts'
import { EXIT } from '../base/exit.ts'
import { Failure, failure } from '../base/failure.ts'
import { loadCluster } from '../cluster/load.ts'
import { LIKELY_MISTAKES } from '../render/mistakes.ts'
import { render } from '../render/render.ts'
import { printSummary } from '../render/summary.ts'
import { printJson, printYaml } from '../spec/print.ts'
import { expandPath, nameOf, readInput, writeWhole } from './files.ts'
import { documented } from './help.ts'
import { answer, progress, say, sayDiagnostics } from './streams.ts'

interface Options {
  from?: string[]
  output: 'yaml' | 'json'
  out?: string
  force?: boolean
}

export function renderCommand(program: Command): void {
  const command = program
    .command('render')
    .summary('compile Services, EndpointSlices and Nodes into one reviewable spec')
    .description('Reads exported objects and prints the canonical spec. Equal input gives equal bytes.')
    .option('--from <path...>', 'file, directory or - (stdin) with what kubectl get -o yaml|json printed; repeatable')
    .addOption(new Option('-o, --output <form>', 'form of the spec').choices(['yaml', 'json']).default('yaml'))
    .option('--out <file>', 'write the spec to a file, as a whole, instead of stdout')
    .option('--force', 'accept an export that looks incomplete')
    .action((options: Options) => run(options))
  documented(command, {
    examples: [
      [
        'kubectl get nodes,services,endpointslices -A -o json | balancing render --from - > spec.yaml',
        'the cluster as it is now',
      ],
      ['balancing render --from export/ --out spec.yaml', 'all exports of a directory'],
    ],
    exits: { 3: 'invalid input, or an export that looks incomplete (--force if it is not)' },
  })
}

function run({ from, output, out, force }: Options): void {
  if (!from) {
    const hint = 'kubectl get nodes,services,endpointslices -A -o json | balancing render --from -'
    throw failure(EXIT.usage, 'missing-option', 'render reads exported objects: --from is needed', hint)
  }
  const sources = from.flatMap(expandPath).map(path => ({ name: nameOf(path), bytes: readInput(path) }))
  const cluster = loadCluster(sources)
  if (cluster.value === undefined) throw new Failure(EXIT.invalidInput, cluster.diagnostics)
  progress('rendering')
  const { spec, diagnostics, summary } = render(cluster.value)
  const all = [...cluster.diagnostics, ...diagnostics].map(d => (force ? tolerate(d) : d))
  if (hasErrors(all)) throw new Failure(EXIT.invalidInput, all)
  sayDiagnostics(all)
  const text = output === 'json' ? printJson(spec) : printYaml(spec)
  if (out === undefined || out === '-') answer(text)
  else writeWhole(out, text)
  say(printSummary(summary))
}

/** --force: what is only likely to be a mistake is said, and rendered. */
function tolerate(diagnostic: Diagnostic): Diagnostic {
  return LIKELY_MISTAKES.includes(diagnostic.code) ? { ...diagnostic, severity: 'warning' } : diagnostic
}
