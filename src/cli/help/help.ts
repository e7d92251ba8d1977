// SPDX-License-Identifier: Apache-2.0
import type { Command, Help } from 'commander'
import { EXIT, type ExitCode } from '../../base/exit.ts'
import { ansi } from '../../base/paint.ts'

/** What the help and the manual page of a command show beside its flags. */
interface Documentation {
  /** Command lines to start from, and what each does. */
  examples: readonly (readonly [line: string, purpose: string])[]
  /** What an exit code means for this command, where that is more than EXIT_MEANINGS. */
  exits?: Partial<Record<ExitCode, string>>
  /** The signs that the answer uses, and what they mean. */
  legend?: readonly (readonly [sign: string, meaning: string])[]
  /** What commander says of a likely mistake, and what was meant by it. */
  nearMisses?: readonly (readonly [message: RegExp, meant: string])[]
}

const documentation = new WeakMap<Command, Documentation>()

/** Documents a command. A test asks for the documentation of every command. */
export function documented(command: Command, text: Documentation): Command {
  documentation.set(command, text)
  return command
}

export function documentationOf(command: Command): Documentation {
  return documentation.get(command) ?? { examples: [] }
}

/** What the exit codes mean for every command. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  [EXIT.ok]: 'done, or equal',
  [EXIT.differs]: 'the two sides differ',
  [EXIT.usage]: 'wrong use of the command line',
  [EXIT.invalidInput]: 'invalid input, or a change that looks like a mistake',
  [EXIT.nodeNotReady]: 'the node is not ready',
  [EXIT.applyFailedIntact]: 'apply failed, the old state is intact',
  [EXIT.applyFailedMixed]: 'apply failed half-way; every frontend is wholly old or wholly new: run it again',
  [EXIT.stalePlan]: 'the plan is stale',
  [EXIT.answerNotWritten]: 'the work is done, but the answer could not be written',
  [EXIT.internal]: 'a bug in balancing',
}

/** `balancing diff [options] [old] [new]` */
export function usageOf(command: Command): string {
  return `${command.parent ? `${command.parent.name()} ` : ''}${command.name()} ${command.usage()}`
}

/** The help of a command, its examples first. Commander removes the colours where there are none. */
export function formatHelp(command: Command, help: Help): string {
  const { examples, exits, legend = [] } = documentationOf(command)
  const items = (title: string, rows: readonly (readonly [string, string])[]) => {
    const width = Math.max(...rows.map(([term]) => term.length))
    const line = ([term, text]: readonly [string, string]) => help.formatItem(term, width, text, help).trimEnd()
    return rows.length === 0 ? [] : [help.styleTitle(`${title}:`), ...rows.map(line), '']
  }
  const options = help.visibleOptions(command).map(o => [help.optionTerm(o), help.optionDescription(o)] as const)
  const everywhere = help.visibleGlobalOptions(command).filter(o => o.long !== '--version')
  const shared = everywhere.map(o => [help.optionTerm(o), help.optionDescription(o)] as const)
  const args = help.visibleArguments(command).map(a => [help.argumentTerm(a), help.argumentDescription(a)] as const)
  const commands = help.visibleCommands(command).map(c => [c.name(), c.summary() || c.description()] as const)
  const lines = [
    help.boxWrap(command.description() || command.summary(), help.helpWidth ?? 80),
    '',
    help.styleTitle('Examples:'),
    ...examples.flatMap(([line, purpose]) => [ansi('faint', `  # ${purpose}`), `  ${line}`]),
    '',
    `${help.styleTitle('Usage:')} ${usageOf(command)}`,
    '',
    ...items('Commands', commands),
    ...items('Arguments', args),
    ...items('Options', options),
    ...items('Options of every command', shared),
    ...items('Signs', legend),
    ...items('Exit codes', Object.entries(exits ?? {})),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}
