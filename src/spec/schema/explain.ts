// SPDX-License-Identifier: Apache-2.0
import { API_VERSION } from '../../base/form.ts'
import { KIND } from '../print.ts'
import { type Field, holderOf, resolve, type Schema } from './fields.ts'

const WIDTH = 78

/** A field, and the fields under it, as text: in the form of kubectl explain. */
export function explainField(field: Field): string {
  const { path, schema } = field
  const name = path.length === 0 ? KIND : path.join('.')
  const lines = [`${name}  <${formOf(schema)}>`, `of ${KIND}, ${API_VERSION}`, '', ...wrap(schema.description, '  ')]
  const holder = holderOf(field)
  if (holder && holder !== field) {
    const each = holder.path.slice(path.length).includes('*') ? 'Each entry' : 'Each item'
    lines.push('', `${each}:`, '', ...wrap(holder.schema.description, '  '))
  }
  if (!holder) lines.push(...explainText(schema))
  else lines.push('', 'Fields:', '', ...explainFields(holder.schema))
  return `${lines.join('\n').trimEnd()}\n`
}

/** What the items or entries of a place without fields are. */
function explainText({ items, additionalProperties }: Schema): string[] {
  const inner = items ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
  if (!inner) return []
  return ['', items ? 'Each item:' : 'Each entry:', '', ...wrap(resolve(inner).description, '  ')]
}

function explainFields({ properties = {}, required = [] }: Schema): string[] {
  return Object.entries(properties).flatMap(([name, property]) => {
    const schema = resolve(property)
    const need = required.includes(name) ? '  required' : ''
    return [`  ${name}  <${formOf(schema)}>${need}`, ...wrap(schema.description, '      '), '']
  })
}

function formOf(schema: Schema): string {
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum.join(' | ')
  if (schema.type === 'array') return `list of ${formOf(resolve(schema.items ?? {}))}`
  if (schema.type === 'integer') return `${schema.minimum} to ${schema.maximum}`
  if (schema.type === 'string') return 'text'
  return typeof schema.additionalProperties === 'object' ? 'mapping by name' : 'mapping'
}

function wrap(text = '', indent: string): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.map(line => `${indent}${line}`)
}
