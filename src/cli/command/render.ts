// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from 'commander'
import { plainCount } from '../../base/count.ts'
import { type Diagnostic, error, hasErrors, warning } from '../../base/diagnostic.ts'
import { EXIT } from '../../base/exit.ts'
import { Failure } from '../../base/failure.ts'
import { loadCluster } from '../../cluster/load.ts'
import type { Source } from '../../cluster/source.ts'
import { LIKELY_MISTAKES } from '../../render/mistakes.ts'
import { render } from '../../render/render.ts'
import { printSummary, warnWithoutReady } from '../../render/summary.ts'
import { overBudget } from '../../report/check/check.ts'
import { printExposureJson, printExposureYaml, printJson, printYaml } from '../../spec/print.ts'
import type { Spec } from '../../spec/spec.ts'
import { secondsFrom } from '../flag/seconds.ts'
import { documented } from '../help/help.ts'
import { expandPath, nameOf, readInput, writeWhole } from '../input/files.ts'
import { answer, progress, say, sayDiagnostics, sayLines } from '../output/streams.ts'

interface Options {
  from?: string[]
  kubeconfig?: string
  context?: string
  timeout: number
  output: 'yaml' | 'json'
  out?: string
  only?: 'exposure'
  force?: boolean
  strict?: boolean
}

export function renderCommand(program: Command): void {
  const live = (flags: string, text: string) => new Option(flags, text).conflicts('from')
  const command = program
    .command('render')
    .summary('turn Services, EndpointSlices and Nodes into one reviewable spec')
    .description(
      'Reads objects that kubectl exported (--from), or asks the API server, and prints the canonical spec. Equal input gives equal bytes.',
    )
    .option(
      '--from <path...>',
      'read what kubectl get -o yaml|json printed: a file, a directory, or - for stdin; repeatable',
    )
    .addOption(
      live(
        '--kubeconfig <file>',
        'find the API server in this kubeconfig (default: $KUBECONFIG, ~/.kube/config, then the service account of this pod)',
      ),
    )
    .addOption(live('--context <name>', 'the context of the kubeconfig (default: its current context)'))
    .addOption(live('--timeout <seconds>', 'how long to wait for the API server').argParser(secondsFrom(1)).default(60))
    .addOption(new Option('-o, --output <form>', 'the form of the spec').choices(['yaml', 'json']).default('yaml'))
    .addOption(new Option('--only <part>', 'leave the endpoints out').choices(['exposure']))
    .option('--out <file>', 'write the spec to this file at once, instead of stdout')
    .option('--force', 'accept an export that looks incomplete')
    .option('--strict', 'fail also on warnings')
    .action((options: Options) => run(options))
  documented(command, {
    examples: [
      ['balancing render > spec.yaml', 'render the cluster of your kubeconfig'],
      ['balancing render --context staging --out staging.yaml', 'render the cluster of another context'],
      [
        'kubectl get nodes,services,endpointslices -A -o json | balancing render --from - > spec.yaml',
        'render what kubectl prints',
      ],
      ['balancing render --from export/ --out spec.yaml', 'render all exports of a directory'],
      ['balancing render --only exposure > exposure.yaml', 'render what is reviewed, without endpoints'],
    ],
    nearMisses: [
      [/^unknown option '(-f|--file)'$/, '--from'],
      [/^too many arguments for 'render'.* but got 1: (\S+)$/, '--from $1'],
    ],
    exits: {
      3: 'the input is invalid, an export looks incomplete (--force accepts it), or there are warnings and --strict',
      4: 'the API server did not answer, or does not allow it: manifests/rbac.yaml has the rights that render needs',
    },
  })
}

async function run(options: Options): Promise<void> {
  const { from, out, force = false, strict = false } = options
  const { spec, summary } = rendered(from ? await sourcesIn(from) : await askApi(options), force, strict)
  const text = printAs(spec, options)
  if (out === undefined || out === '-') answer(text)
  else writeWhole(out, text)
  sayLines(printSummary(summary))
}

function printAs(spec: Spec, { output, only }: Options): string {
  if (only === 'exposure') return output === 'json' ? printExposureJson(spec) : printExposureYaml(spec)
  return output === 'json' ? printJson(spec) : printYaml(spec)
}

/** The spec that exports render to. An error in them ends the command (exit 3). */
export async function specOfExports(paths: readonly string[]): Promise<Spec> {
  return rendered(await sourcesIn(paths), false).spec
}

function rendered(sources: readonly Source[], force: boolean, strict = false) {
  const cluster = loadCluster(sources)
  if (cluster.value === undefined) throw new Failure(EXIT.invalidInput, cluster.diagnostics)
  progress('rendering')
  const { spec, diagnostics, summary } = render(cluster.value)
  const excess = overBudget(spec).map(({ code, message, hint }) =>
    warning(code, message, hint === undefined ? {} : { hint }),
  )
  const all = [...cluster.diagnostics, ...diagnostics, ...excess].map(d => (force ? tolerate(d) : d))
  if (hasErrors(all)) throw new Failure(EXIT.invalidInput, all)
  const warnings = all.length + summary.withoutReady.length
  if (strict && warnings > 0) {
    const message = `${plainCount(warnings, 'warning')}; with --strict warnings fail`
    throw new Failure(EXIT.invalidInput, [...all, ...warnWithoutReady(summary), error('strict', message)])
  }
  sayDiagnostics(all)
  return { spec, summary }
}

/** The exports at some paths, read one after the other. */
async function sourcesIn(paths: readonly string[]): Promise<Source[]> {
  const sources: Source[] = []
  for (const path of paths.flatMap(expandPath)) sources.push({ name: nameOf(path), bytes: await readInput(path) })
  return sources
}

/** Loads the client of the API server only here: it would triple the start-up time of every command. */
async function askApi({ kubeconfig, context, timeout }: Options): Promise<Source[]> {
  const { findAccess, takeSnapshot } = await import('../../apiserver/live.ts')
  const access = findAccess(kubeconfig, context)
  const { version, sources } = await takeSnapshot(access, timeout)
  say(`${access.server.origin} (${access.name}) at resourceVersion ${version}`)
  return sources
}

/** --force: what is only likely to be a mistake becomes a warning. */
function tolerate(diagnostic: Diagnostic): Diagnostic {
  return LIKELY_MISTAKES.includes(diagnostic.code) ? { ...diagnostic, severity: 'warning' } : diagnostic
}
