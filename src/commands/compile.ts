import { type Command, Option } from 'commander'
import { printFrontendsJson, printFrontendsText } from '../compile/print.ts'
import { revisionOf } from '../spec/revision.ts'
import { compileFor, nodeName, readSpec } from './spec-file.ts'
import { answer } from './streams.ts'

interface Options {
  file: string
  node?: string
  output: 'json' | 'text'
}

export function compileCommand(program: Command): void {
  program
    .command('compile')
    .summary('show what one node will do')
    .requiredOption('-f, --file <spec>', 'the spec, or - for stdin')
    .option('--node <name>', 'the node to compile for (default: $NODE_NAME, then the host name)')
    .addOption(new Option('-o, --output <form>', 'form of the answer').choices(['json', 'text']).default('text'))
    .addHelpText('after', '\nExample:\n  balancing compile -f spec.yaml --node node-a1 -o json\n')
    .action(({ file, node, output }: Options) => {
      const spec = readSpec(file)
      const { frontends, node: name } = compileFor(spec, nodeName(node))
      answer(output === 'json' ? printFrontendsJson(name, revisionOf(spec), frontends) : printFrontendsText(frontends))
    })
}
