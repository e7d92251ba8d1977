import { type Command, Option } from 'commander'
import { printFrontendsJson, printFrontendsText } from '../../compile/print.ts'
import { viewpointName } from '../../compile/viewpoint.ts'
import { revisionOf } from '../../spec/revision.ts'
import { documented } from '../help/help.ts'
import { compileFor, type PlaceOptions, readSpec, withPlace } from '../input/spec-file.ts'
import { answer } from '../output/streams.ts'

interface Options extends PlaceOptions {
  file: string
  output: 'json' | 'text'
}

export function compileCommand(program: Command): void {
  const command = withPlace(
    program
      .command('compile')
      .summary('show what one node will do')
      .requiredOption('-f, --file <spec>', 'the spec, or - for stdin'),
  )
    .addOption(new Option('-o, --output <form>', 'form of the answer').choices(['json', 'text']).default('text'))
    .action(({ file, output, ...place }: Options) => {
      const spec = readSpec(file)
      const { frontends, viewpoint } = compileFor(spec, place)
      const name = viewpointName(viewpoint)
      answer(output === 'json' ? printFrontendsJson(name, revisionOf(spec), frontends) : printFrontendsText(frontends))
    })
  documented(command, {
    examples: [
      ['balancing compile -f spec.yaml --node node-a1', 'every frontend as this node serves it'],
      ['balancing compile -f spec.yaml --external -o json', 'for a host outside the cluster, for a program'],
    ],
  })
}
