// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from 'commander'
import { count } from '../../base/count.ts'
import { escapeLine } from '../../base/escape.ts'
import { headOf } from '../../base/form.ts'
import { formatJson } from '../../base/format-json.ts'
import { shortRevision } from '../../base/short-revision.ts'
import { INDEX_FILE } from '../../spec/directory/index-file.ts'
import { splitSpec } from '../../spec/directory/split.ts'
import { revisionOf } from '../../spec/revision.ts'
import { requireSpec, withSpec } from '../flag/spec-argument.ts'
import { documented } from '../help/help.ts'
import { requireValue } from '../input/spec-file.ts'
import { parseInput, readSpecInput } from '../input/spec-input.ts'
import { writeSpecDirectory } from '../output/spec-directory.ts'
import { answerDone } from '../output/streams.ts'

export function splitCommand(program: Command): void {
  const command = withSpec(program.command('split'))
    .summary('write a spec, or an exposure, as a directory: one file a namespace, and an index')
    .description(
      'The directory is the same spec: every command takes it. A change of one namespace changes its file and index.yaml, which has the SHA-256 of each file.',
    )
    .requiredOption(
      '--out <dir>',
      'the directory; files that its index names and that are no longer needed are removed',
    )
    .addOption(new Option('-o, --output <form>', 'the form of the answer').choices(['text', 'json']).default('text'))
    .action(run)
  documented(command, {
    examples: [
      ['balancing render --only exposure | balancing split - --out exposure', 'write what is reviewed, by namespace'],
      ['balancing split spec.yaml --out spec', 'write a whole spec by namespace'],
    ],
    exits: {
      3: 'the spec is invalid, or the directory cannot be written, or its index.yaml is not one of balancing',
      8: 'the directory is written, but the answer could not be written',
    },
  })
}

interface Options {
  file?: string
  out: string
  output: 'text' | 'json'
}

async function run(argument: string | undefined, { file, out, output }: Options): Promise<void> {
  const joined = requireValue(parseInput(await readSpecInput(requireSpec('split', argument, file)), true))
  const files = splitSpec(joined)
  const { written, removed } = writeSpecDirectory(out, files)
  const revision = revisionOf(joined.spec)
  const parts = files.size - 1
  if (output === 'json') {
    const result = { ...headOf('SplitResult'), directory: out, revision, files: parts, written, removed }
    return answerDone(`${formatJson(result)}\n`)
  }
  const counts = `${count(parts, 'file')} and ${INDEX_FILE}, ${written.length} written, ${removed.length} removed`
  answerDone(`${escapeLine(out)}: ${counts}; revision ${shortRevision(revision)}\n`)
}
