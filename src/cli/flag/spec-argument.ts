// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from 'commander'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'

/** Declares the spec of a command: an argument, or -f. `about` says what else it may be, and what it is when it is not given. */
export function withSpec(command: Command, about = 'the spec, or - for stdin'): Command {
  return command.argument('[spec]', about).addOption(new Option('-f, --file <spec>', 'the same as the argument'))
}

/** The path that a command line names, or undefined; naming two is wrong use (exit 2). */
export function specGiven(argument: string | undefined, file: string | undefined): string | undefined {
  if (argument !== undefined && file !== undefined) {
    const message = `two specs are given: ${argument}, and ${file} by --file`
    throw failure(EXIT.usage, 'bad-arguments', message, 'give one of them')
  }
  return argument ?? file
}

/** The path that a command line names; naming none is wrong use too. `command` is the name of the command. */
export function requireSpec(command: string, argument: string | undefined, file: string | undefined): string {
  const path = specGiven(argument, file)
  if (path !== undefined) return path
  throw failure(EXIT.usage, 'bad-arguments', 'no spec is given', `balancing ${command} SPEC, or - for stdin`)
}
