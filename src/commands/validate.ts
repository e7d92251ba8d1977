import type { Command } from 'commander'
import { revisionOf } from '../spec/revision.ts'
import { nameOf } from './files.ts'
import { documented } from './help.ts'
import { readSpec } from './spec-file.ts'
import { answer } from './streams.ts'

export function validateCommand(program: Command): void {
  const command = program
    .command('validate')
    .summary('check a spec and say everything that is wrong with it')
    .requiredOption('-f, --file <spec>', 'the spec, or - for stdin')
    .action(({ file }: { file: string }) => {
      const spec = readSpec(file)
      answer(
        `${nameOf(file)} is valid: ${spec.services.length} Services, ${spec.nodes.length} nodes, revision ${revisionOf(spec).slice(0, 12)}\n`,
      )
    })
  documented(command, {
    examples: [['balancing validate -f spec.yaml', 'every mistake, with its place']],
    exits: { 3: 'the spec is not valid' },
  })
}
