import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { EXIT } from '../../base/exit.ts'
import { examine } from '../../doctor/doctor.ts'
import { isReady, printFindings, printFindingsJson } from '../../doctor/print.ts'
import { historyOf, OBJECT, type StateOptions, type TargetOptions, withState, withTarget } from '../flag/target.ts'
import { documented } from '../help/help.ts'
import { answer } from '../output/streams.ts'
import { paintFor, STDOUT } from '../output/terminal.ts'

interface Options extends TargetOptions, StateOptions {
  output: 'text' | 'json'
}

export function doctorCommand(program: Command): void {
  const command = withState(
    withTarget(program.command('doctor').summary('check what this machine needs, and what is in the way')),
  )
    .addOption(new Option('-o, --output <form>', 'form of the answer').choices(['text', 'json']).default('text'))
    .action(run)
  documented(command, {
    examples: [
      ['balancing doctor', 'why apply does not work here, or what is left of another proxy'],
      ['balancing doctor -o json > doctor.json', 'the same for programs, and for a bug report'],
    ],
    exits: {
      0: 'ready, perhaps with warnings',
      4: 'a check failed: apply would refuse, or what was applied does not serve',
    },
  })
}

async function run(options: Options): Promise<void> {
  const { pinDir, cgroup, output } = options
  const place = {
    pinDir: resolve(pinDir),
    cgroup: cgroup === undefined ? undefined : resolve(cgroup),
    object: OBJECT,
    history: historyOf(options),
  }
  const findings = await examine(place)
  answer(output === 'json' ? printFindingsJson(findings) : printFindings(findings, paintFor(STDOUT)))
  if (!isReady(findings)) process.exitCode = EXIT.nodeNotReady
}
