// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { type Diagnostic, error, nearest } from '../base/diagnostic.ts'
import { documentationOf, usageOf } from './help/help.ts'

/** What commander says of a command line, as a diagnostic: what is wrong, and what was meant or where to look. */
export function usageError(text: string, command: Command): Diagnostic {
  const [first = '', second = ''] = text.trim().split('\n')
  const message = first.replace(/^error: /, '').replace(/\.$/, '')
  const meant = nearMiss(message, command) ?? /^\(Did you mean (.*)\?\)$/.exec(second)?.[1] ?? nearestChoice(message)
  const help = command.parent
    ? `${usageOf(command)}; see balancing ${command.name()} --help`
    : 'balancing --help lists the commands'
  return error('usage', message, { hint: meant === undefined ? help : `did you mean ${meant}?` })
}

function nearMiss(message: string, command: Command): string | undefined {
  const { nearMisses = [] } = documentationOf(command)
  const found = nearMisses.find(([pattern]) => pattern.test(message))
  return found && message.replace(found[0], found[1])
}

function nearestChoice(message: string): string | undefined {
  const invalid = /'([^']*)' is invalid.*Allowed choices are (.*)$/.exec(message)
  return invalid ? nearest(invalid[1]!, invalid[2]!.split(', ')) : undefined
}
