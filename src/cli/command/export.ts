// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from 'commander'
import { count } from '../../base/count.ts'
import { EXIT } from '../../base/exit.ts'
import { Failure, failure } from '../../base/failure.ts'
import { compileFor } from '../../compile/compile.ts'
import type { Image } from '../../datapath/image.ts'
import { type Exported, exportSpec } from '../../decompile/decompile.ts'
import { nameless } from '../../decompile/nameless.ts'
import type { Entry } from '../../node/history/entry.ts'
import type { History } from '../../node/history/history.ts'
import { entryNamed } from '../../node/history/runs.ts'
import { inspectNode } from '../../node/inspect-node.ts'
import { diff } from '../../plan/diff.ts'
import { changedFrontends } from '../../report/change/changes.ts'
import { formatList } from '../../report/format-list.ts'
import { parseSpec } from '../../spec/parse.ts'
import { printJson, printYaml } from '../../spec/print.ts'
import type { Spec } from '../../spec/spec.ts'
import { historyOf, type StateOptions, type TargetOptions, targetOf, withState, withTarget } from '../flag/target.ts'
import { documented } from '../help/help.ts'
import { writeWhole } from '../input/files.ts'
import { type NodeChoice, nodeName, withNodeChoice } from '../input/spec-file.ts'
import { answer, say } from '../output/streams.ts'

interface Options extends TargetOptions, StateOptions, NodeChoice {
  output: 'yaml' | 'json'
  out?: string
}

export function exportCommand(program: Command): void {
  const command = withState(withTarget(withNodeChoice(program.command('export'))))
    .summary('print what this node serves as a spec')
    .description(
      'Prints the spec that was applied last where the maps hold what it compiles to. Otherwise it prints a spec that compiles to the maps, with the names of the last one.',
    )
    .addOption(new Option('-o, --output <form>', 'the form of the spec').choices(['yaml', 'json']).default('yaml'))
    .option('--out <file>', 'write the spec to this file at once, instead of stdout')
    .action(run)
  documented(command, {
    examples: [
      ['balancing export > spec.yaml', 'save what this node serves'],
      ['balancing export | balancing diff - spec.yaml', 'compare it with a file'],
    ],
    exits: { 4: 'the node is not ready, nothing is applied, or the maps cannot be read' },
  })
}

async function run(options: Options): Promise<void> {
  const target = targetOf(options)
  const opened = await inspectNode(target)
  const { current } = opened.state
  const image = await opened.observed()
  if (!current)
    throw failure(EXIT.nodeNotReady, 'nothing-applied', `nothing is applied to ${target.cgroup} from ${target.pinDir}`)
  if (!image)
    throw failure(
      EXIT.nodeNotReady,
      'unreadable-generation',
      `the maps under ${current.pins.path} cannot be read`,
      'apply a spec: it makes them anew',
    )
  const history = historyOf(options)
  const entry = tolerant(() => entryOf(history, current.revision?.spec))
  const node = placeOf(options, entry)
  const saved = entry && tolerant(() => parseSpec(history.specText(entry), history.specPath(entry)).value)
  const spec = saved && isMadeBy(saved, node, image) ? saved : rebuilt(exportSpec(image, node, saved), node, image)
  const text = options.output === 'json' ? printJson(spec) : printYaml(spec)
  if (options.out === undefined || options.out === '-') answer(text)
  else writeWhole(options.out, text)
}

/** The history has names only: without it, the maps have the rest. */
function tolerant<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    say(`note: the saved specs cannot be read, so names are missing: ${error.message}`)
    return undefined
  }
}

/** The newest entry of the revision that the kernel has, else the newest entry. */
function entryOf(history: History, revision: string | undefined): Entry | undefined {
  const entries = history.entries()
  return entryNamed(entries, revision) ?? entries.at(-1)
}

/** What the flags say, else the node that the last spec was compiled for; null for a host outside the cluster. */
function placeOf(place: NodeChoice, entry: Entry | undefined): string | null {
  if (place.external) return null
  return entry && place.node === undefined ? entry.node : nodeName(place)
}

function isMadeBy(spec: Spec, node: string | null, image: Image): boolean {
  const compiled = compileFor(spec, node).value
  return compiled !== undefined && isSame(image, compiled.image)
}

/** Equal in all but the revision. */
function isSame(image: Image, made: Image): boolean {
  return diff({ ...image, revision: new Map() }, { ...made, revision: new Map() }).steps.length === 0
}

/** Says which Services were rebuilt, and whether the maps hold something that no spec can express. */
function rebuilt({ spec, rebuilt, unnamed }: Exported, node: string | null, image: Image): Spec {
  say(`note: the maps differ from the saved spec; rebuilt from the maps: ${formatList(rebuilt) || 'no Service'}`)
  if (unnamed > 0)
    say(`note: the name of ${count(unnamed, 'service port')} is unknown: the spec has unknown/service-ID`)
  const left = changedFrontends(nameless(image), nameless(compileFor(spec, node).value!.image)).length
  if (left > 0) say(`warning: ${count(left, 'frontend')} in the maps cannot be told by a spec; apply would change them`)
  return spec
}
