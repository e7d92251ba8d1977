// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from 'node:util'

export interface Arguments {
  sections: string[]
  /** Undefined: each section's own number. */
  rounds: number | undefined
  only: RegExp
  /** Builds to measure: name and path; none: this checkout's. */
  ours: [name: string, path: string][]
}

/** Throws what is wrong with the command line. */
export function readArguments(known: readonly string[]): Arguments {
  const options = {
    rounds: { type: 'string' },
    only: { type: 'string', default: '' },
    ours: { type: 'string', multiple: true, default: [] as string[] },
  } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const unknown = positionals.find(name => !known.includes(name))
  if (unknown !== undefined) throw new Error(`there is no section ${unknown}`)
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) throw new Error('--rounds takes a number')
  return {
    sections: positionals.length > 0 ? positionals : [...known],
    rounds,
    only: new RegExp(values.only),
    ours: values.ours.map(nameAndPath),
  }
}

/** `name` becomes part of names of cgroups, and stands before a slash in rows. */
function nameAndPath(text: string): [string, string] {
  const [, name, path] = /^([\w-]+)=(.+)$/.exec(text) ?? []
  if (name === undefined || path === undefined) throw new Error('--ours takes NAME=PATH')
  return [name, path]
}
