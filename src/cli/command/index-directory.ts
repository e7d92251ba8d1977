// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { count } from '../../base/count.ts'
import { escapeLine } from '../../base/escape.ts'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { headOf } from '../../base/form.ts'
import { formatJson } from '../../base/format-json.ts'
import { shortRevision } from '../../base/short-revision.ts'
import { isDirectory } from '../../host/existing.ts'
import { INDEX_FILE, parseIndex, printIndex } from '../../spec/directory/index-file.ts'
import { joinParts } from '../../spec/directory/join.ts'
import { sumOf } from '../../spec/directory/read.ts'
import { revisionOf } from '../../spec/revision.ts'
import { documented } from '../help/help.ts'
import { writeWhole } from '../input/files.ts'
import { requireValue } from '../input/spec-file.ts'
import { filesIn } from '../input/spec-input.ts'
import { answer, answerDone } from '../output/streams.ts'

export function indexCommand(program: Command): void {
  const command = program
    .command('index')
    .summary('write the index of a directory that is a spec, or check it')
    .description(
      'index.yaml names each .yaml, .yml and .json file of the directory with its SHA-256. The files together must be a valid spec, or a valid exposure.',
    )
    .argument('<dir>', 'the directory')
    .option('--check', 'list what the index has wrong, and exit 1 when there is anything')
    .addOption(new Option('-o, --output <form>', 'the form of the answer').choices(['text', 'json']).default('text'))
    .action(run)
  documented(command, {
    examples: [
      ['balancing index exposure', 'write the index after an edit of a file'],
      ['balancing index exposure --check', 'check in CI that the index is that of the files'],
    ],
    exits: {
      1: 'with --check: the index is not that of the files',
      3: 'the files are no valid spec, or the index cannot be written',
      8: 'the index is written, but the answer could not be written',
    },
  })
}

interface Options {
  check?: boolean
  output: 'text' | 'json'
}

function run(directory: string, { check = false, output }: Options): void {
  if (!isDirectory(directory)) throw failure(EXIT.invalidInput, 'cannot-read', `${directory} is no directory`)
  const files = filesIn(directory)
  if (files.size === 0)
    throw failure(EXIT.invalidInput, 'no-files', `the directory ${directory} has no .yaml, .yml or .json file`)
  const sources = [...files].map(([name, bytes]) => ({ file: join(directory, name), text: bytes.toString('utf8') }))
  const revision = revisionOf(requireValue(joinParts(sources)).spec)
  const sums = new Map([...files].map(([name, bytes]) => [name, sumOf(bytes)]))
  const path = join(directory, INDEX_FILE)
  const text = printIndex({ revision, files: sums })
  const isCurrent = existsSync(path) && readFileSync(path, 'utf8') === text
  const wrong = isCurrent ? [] : differences(path, sums)
  if (!check && !isCurrent) writeWhole(path, text)
  const result = { ...headOf('IndexResult'), directory, revision, files: files.size, current: isCurrent, wrong }
  const counted = `${escapeLine(path)}: ${count(files.size, 'file')}, revision ${shortRevision(revision)}\n`
  const say = check ? answer : answerDone
  if (output === 'json') say(`${formatJson(result)}\n`)
  else say(check && !isCurrent ? wrong.map(name => `${escapeLine(name)}\n`).join('') : counted)
  if (check && !isCurrent) process.exitCode = EXIT.differs
}

/** The files that the index has wrong, lacks, or has too many; the index itself when it is no index, or only its form differs. */
function differences(path: string, sums: ReadonlyMap<string, string>): string[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const listed = parseIndex({ file: path, text }).value?.files ?? new Map<string, string>()
  const names = [...new Set([...listed.keys(), ...sums.keys()])].sort()
  const wrong = names.filter(name => listed.get(name) !== sums.get(name))
  return wrong.length > 0 ? wrong : [INDEX_FILE]
}
