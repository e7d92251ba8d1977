// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { EXIT } from '../../base/exit.ts'
import { examine } from '../../doctor/doctor.ts'
import { isReady, printFindings, printFindingsJson } from '../../doctor/print.ts'
import { type PodOptions, patternsOf, withPodPatterns } from '../flag/pods.ts'
import { historyOf, OBJECT, type StateOptions, type TargetOptions, withState, withTarget } from '../flag/target.ts'
import { documented } from '../help/help.ts'
import { answer } from '../output/streams.ts'
import { paintFor, STDOUT } from '../output/terminal.ts'

interface Options extends TargetOptions, StateOptions, Pick<PodOptions, 'pods'> {
  output: 'text' | 'json'
}

export function doctorCommand(program: Command): void {
  const command = withPodPatterns(
    withState(
      withTarget(program.command('doctor').summary('check whether this machine can serve, and what is in the way')),
    ),
    "the patterns of pods' devices that apply is given: check that devices match, and are served; repeatable",
  )
    .addOption(new Option('-o, --output <form>', 'the form of the answer').choices(['text', 'json']).default('text'))
    .action(run)
  documented(command, {
    examples: [
      ['balancing doctor', 'find out why apply fails here, or what another proxy left behind'],
      ['balancing doctor -o json > doctor.json', 'the same as JSON, for a bug report'],
    ],
    exits: {
      0: 'ready; there may be warnings',
      4: 'a check failed: apply would refuse to work here, or what was applied does not serve',
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
    pods: patternsOf(options),
  }
  const findings = await examine(place)
  answer(output === 'json' ? printFindingsJson(findings) : printFindings(findings, paintFor(STDOUT)))
  if (!isReady(findings)) process.exitCode = EXIT.nodeNotReady
}
