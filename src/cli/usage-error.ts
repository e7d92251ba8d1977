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
  const shared = NEAR_MISSES.filter(([, meant]) => has(command, meant.split(' ')[0]!))
  const found = [...nearMisses, ...shared].find(([pattern]) => pattern.test(message))
  return found ? message.replace(found[0], found[1]) : completedOption(message, command)
}

/** Of every command that has the flag. */
const NEAR_MISSES: readonly (readonly [message: RegExp, meant: string])[] = [
  [/^unknown option '--json'$/, '--output json'],
  [/^unknown option '-n'$/, '--node'],
  [/^unknown option '-w'$/, '--write'],
]

function has(command: Command, flag: string): boolean {
  return command.options.some(({ long }) => long === flag)
}

/** The one option that an unknown one is the beginning of: `--state` of `--state-dir`. */
function completedOption(message: string, command: Command): string | undefined {
  const given = /^unknown option '(--[a-z-]+)'$/.exec(message)?.[1]
  const longer = command.options.flatMap(({ long }) => (given && long?.startsWith(given) ? [long] : []))
  return longer.length === 1 ? longer[0] : undefined
}

function nearestChoice(message: string): string | undefined {
  const invalid = /'([^']*)' is invalid.*Allowed choices are (.*)$/.exec(message)
  return invalid ? nearest(invalid[1]!, invalid[2]!.split(', ')) : undefined
}
