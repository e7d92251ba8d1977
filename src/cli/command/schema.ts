// SPDX-License-Identifier: Apache-2.0

import { type Command, Option } from 'commander'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { formatJson } from '../../base/format-json.ts'
import { explainField } from '../../spec/schema/explain.ts'
import { findField, ROOT, standAlone } from '../../spec/schema/fields.ts'
import { documented } from '../help/help.ts'
import { answer } from '../output/streams.ts'

export function schemaCommand(program: Command): void {
  const command = program
    .command('schema')
    .summary('explain the fields of a spec, or print its JSON Schema')
    .argument('[field]', 'a field, with dots: services.externalIPs')
    .addOption(new Option('-o, --output <form>', 'the form of the answer').choices(['text', 'json']).default('text'))
    .action(run)
  documented(command, {
    examples: [
      ['balancing schema', 'explain the top-level fields'],
      ['balancing schema services.externalTrafficPolicy', 'explain one field'],
      ['balancing schema -o json > dataplane-spec.json', 'print the JSON Schema (draft-07) for editors and validators'],
    ],
    exits: { 2: 'there is no such field' },
  })
}

function run(path: string | undefined, { output }: { output: 'text' | 'json' }): void {
  const field = findField(path === undefined ? [] : path.split('.'))
  if ('step' in field) {
    const { at, step, known, meant } = field
    const where = at.length === 0 ? 'a spec' : at.join('.')
    const fields = known.length === 0 ? `${where} has no fields` : `its fields are ${known.join(', ')}`
    throw failure(
      EXIT.usage,
      'unknown-field',
      `"${step}" is not a field of ${where}`,
      meant ? `did you mean ${meant}?` : fields,
    )
  }
  if (output === 'text') answer(explainField(field))
  else answer(`${formatJson(field.path.length === 0 ? ROOT : standAlone(field))}\n`)
}
