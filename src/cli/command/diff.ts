// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from 'commander'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { impactOnNodes, NODE_EFFECTS } from '../../report/impact/impact.ts'
import { reviewSpecs } from '../../report/review/between-specs.ts'

import { only, PARTS, partly } from '../../report/review/only.ts'
import { printUnified } from '../../report/review/print/unified.ts'

import type { Review } from '../../report/review/review.ts'
import { same } from '../../report/same.ts'
import { canonicalTextOf } from '../../spec/canonical/text.ts'
import { revisionOf } from '../../spec/revision.ts'
import { withDevices } from '../flag/devices.ts'
import { withGroups } from '../flag/groups.ts'
import { withPods } from '../flag/pods.ts'
import { specGiven } from '../flag/spec-argument.ts'
import { withState, withTarget } from '../flag/target.ts'
import { withXdp } from '../flag/xdp.ts'
import { documented } from '../help/help.ts'
import { LEGEND } from '../help/legend.ts'
import { nameOf } from '../input/files.ts'
import { readExposure, readSpec, withNodeChoice } from '../input/spec-file.ts'
import { type Compared, differ, FORMS } from '../output/differences.ts'
import { progress } from '../output/streams.ts'
import { againstKernel, betweenImages, type NodeDiffOptions, type Side } from './diff-node.ts'
import { specOfExports } from './render.ts'

interface Options extends NodeDiffOptions {
  file?: string
  from?: string[]
  nodes?: boolean
}

export function diffCommand(program: Command): void {
  const command = withGroups(
    program
      .command('diff')
      .summary('show what a change does to each Service: spec against spec, export or kernel')
      .description(
        'Lists what changes, sorted by risk. Each line has a sign: see below. With --nodes, ! is a loss on these nodes and + a gain.',
      )
      .argument('[old]', 'a spec; alone: compare it with what this node has')
      .argument('[new]', 'another spec')
      .option('-f, --file <spec>', 'the same as one argument: compare this spec with what this node has')
      .option(
        '--from <path...>',
        'compare the spec that is named last with the spec that render makes of these exports',
      )
      .addOption(
        new Option('-o, --output <form>', 'a line for each Service, diff -u, JSON, or a comment for a pull request')
          .choices(FORMS)
          .default('text'),
      )
      .addOption(new Option('--only <part>', 'one half of the spec').choices(PARTS))
      .option(
        '--nodes',
        'also show the nodes on which a Service becomes unreachable, reachable, crosses zones or stays in its zone; for nodes and Services in both specs',
      )
      .option('--out <plan>', 'with one spec: also write a plan for apply'),
    withNodeChoice,
    withDevices,
    withXdp,
    withPods,
    withTarget,
    withState,
  ).action(run)
  documented(command, {
    examples: [
      ['balancing diff old.yaml new.yaml', 'what a change of the spec does'],
      ['balancing diff old.yaml new.yaml --nodes', 'the same, and the effects on each node'],
      ['balancing diff main.yaml spec.yaml -o markdown > comment.md', 'for a comment of a pull request'],
      ['balancing diff --from export.yaml spec.yaml', 'what changed in the cluster since spec.yaml'],
      ['balancing diff old.yaml new.yaml --node node-a1', 'what changes on one node'],
      ['balancing diff spec.yaml', 'what apply would change on this node'],
      ['balancing diff spec.yaml --out plan.json', 'a plan to review; apply plan.json does exactly that'],
    ],
    legend: LEGEND,
    exits: {
      0: 'the two sides are equal',
      1: 'they differ',
      8: 'with --out: the plan is written, but not the difference',
    },
  })
}

async function run(first: string | undefined, second: string | undefined, options: Options): Promise<void> {
  const { file, from, node, external, out } = options
  if (from) return againstExport(from, first, second, options)
  const onNode = second === undefined ? specGiven(first, file) : undefined
  if (file !== undefined && second !== undefined) throw misuse('--file and two specs are given')
  if (out !== undefined && onNode === undefined) throw misuse('--out takes one spec: a plan is for this node')
  if (out === '-') throw misuse('--out takes a file: stdout gets the difference')
  if (options.nodes && (onNode !== undefined || node !== undefined || external))
    throw misuse('--nodes is about all nodes, and takes two specs without --node and --external')
  if (onNode !== undefined) return againstKernel(onNode, options)
  if (first === undefined || second === undefined) throw misuse('no spec is given')
  if (first === '-' && second === '-') throw misuse('stdin cannot be both specs')
  // An exposure has no endpoints to compare, and nothing to compile.
  const read = options.only === 'exposure' && node === undefined && !external ? readExposure : readSpec
  const old = { spec: await read(first), name: nameOf(first) }
  const now = { spec: await read(second), name: nameOf(second) }
  if (node !== undefined || external) betweenImages(old, now, options)
  else betweenSpecs(old, now, options)
}

function misuse(message: string) {
  const hint = 'balancing diff OLD NEW, balancing diff --from EXPORT… SPEC, or balancing diff SPEC on a node'
  return failure(EXIT.usage, 'bad-arguments', message, hint)
}

/** The spec comes after the exports, so commander may have taken it for one of them. */
async function againstExport(
  from: readonly string[],
  first: string | undefined,
  second: string | undefined,
  options: Options,
): Promise<void> {
  const { file, node, external, out } = options
  const named = specGiven(first, file)
  const exports = named === undefined ? from.slice(0, -1) : from
  const spec = named ?? from.at(-1)!
  if (exports.length === 0 || second !== undefined) throw misuse('--from takes exports and one spec')
  if (node !== undefined || external || out !== undefined)
    throw misuse('--from compares whole specs: leave --node, --external and --out out')
  const read = options.only === 'exposure' ? readExposure : readSpec
  const old = { spec: await read(spec), name: nameOf(spec) }
  betweenSpecs(old, { spec: await specOfExports(exports), name: 'the export' }, options)
}

function betweenSpecs(old: Side, now: Side, options: Options): void {
  progress('comparing')
  const sides = { old: sideOf(old), new: sideOf(now) }
  differ(compared(old, now, options), sides, options)
}

function compared(old: Side, now: Side, { only: part, nodes = false }: Options): Compared {
  const all: Review = reviewSpecs(old.spec, now.spec)
  const review = part === undefined ? all : only(part, all)
  const after = part === undefined ? now.spec : partly(part, old.spec, now.spec)
  if (nodes) review.impact = same(old.spec, after) ? [] : impactOnNodes(old.spec, after, NODE_EFFECTS)
  const unified = () => {
    const files = { old: old.name, new: now.name }
    return printUnified(canonicalTextOf(old.spec), canonicalTextOf(now.spec), files, part)
  }
  return { review, unified }
}

function sideOf({ spec, name }: Side) {
  return { name, revision: revisionOf(spec) }
}
