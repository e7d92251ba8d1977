// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from 'commander'
import { printFrontendsJson, printFrontendsText } from '../../compile/print.ts'
import { viewpointName } from '../../compile/viewpoint.ts'
import { requireImage } from '../../node/compile-for.ts'
import { revisionOf } from '../../spec/revision.ts'
import { requireSpec, withSpec } from '../flag/spec-argument.ts'
import { documented } from '../help/help.ts'
import { chosenNode, type NodeChoice, readSpec, withNodeChoice } from '../input/spec-file.ts'
import { answerInPieces, progress } from '../output/streams.ts'

interface Options extends NodeChoice {
  file?: string
  output: 'json' | 'text'
}

export function compileCommand(program: Command): void {
  const command = withNodeChoice(
    withSpec(program.command('compile').summary('show every frontend as one node serves it')),
  )
    .addOption(new Option('-o, --output <form>', 'the form of the answer').choices(['json', 'text']).default('text'))
    .action(run)
  documented(command, {
    examples: [
      ['balancing compile spec.yaml --node node-a1', 'what node-a1 serves'],
      ['balancing compile spec.yaml --external -o json', 'what a host outside the cluster serves, as JSON'],
    ],
    nearMisses: [[/^too many arguments for 'compile'.* but got 2: .*, (\S+)$/, '--node $1']],
  })
}

async function run(argument: string | undefined, { file, output, ...choice }: Options): Promise<void> {
  const spec = await readSpec(requireSpec('compile', argument, file))
  progress('compiling')
  const { frontends, viewpoint } = requireImage(spec, chosenNode(choice))
  const name = viewpointName(viewpoint)
  const isJson = output === 'json'
  answerInPieces(isJson ? printFrontendsJson(name, revisionOf(spec), frontends) : printFrontendsText(frontends))
}
