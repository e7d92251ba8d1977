// SPDX-License-Identifier: Apache-2.0
import type { Command, Help, Option } from 'commander'
import { VERSION } from '../version.ts'
import { documentationOf, EXIT_MEANINGS, usageOf } from './help.ts'

const ENVIRONMENT = [
  ['NODE_NAME', 'the default of --node'],
  ['BALANCING_CGROUP, BALANCING_PIN_DIR, BALANCING_STATE_DIR', 'the defaults of --cgroup, --pin-dir and --state-dir'],
  ['NO_COLOR, FORCE_COLOR', 'turn colours off, or on also where stdout or stderr is no terminal'],
  ['BALANCING_BPFTOOL', 'the bpftool to run'],
] as const

/** The manual page of a command or of the program (section 1), as man(7) source. It has the texts of --help. */
export function manPage(command: Command): string {
  const help = command.createHelp()
  const { examples, exits = {}, legend = [] } = documentationOf(command)
  const name = pageNameOf(command)
  const { parent } = command
  const others = parent ? [parent] : commandsOf(command, help)
  return [
    `.TH ${escapeText(name.toUpperCase())} 1 "" "balancing ${VERSION}" "balancing"`,
    // No hyphenation: a reader copies words from here.
    '.nh',
    '.ad l',
    '.SH NAME',
    `${escapeText(name)} \\- ${escapeText(command.summary() || command.description())}`,
    '.SH SYNOPSIS',
    `.B ${argument(usageOf(command))}`,
    '.SH DESCRIPTION',
    line(command.description() || command.summary()),
    ...section(
      'EXAMPLES',
      examples.flatMap(([text, purpose]) => ['.PP', line(`${purpose}:`), '.PP', '.EX', line(`  ${text}`), '.EE']),
    ),
    ...section('COMMANDS', parent ? [] : commandsOf(command, help).flatMap(c => item(c.name(), c.summary()))),
    ...section(
      'ARGUMENTS',
      help.visibleArguments(command).flatMap(a => item(help.argumentTerm(a), help.argumentDescription(a))),
    ),
    ...section(
      'OPTIONS',
      optionsOf(command, help).flatMap(o => item(help.optionTerm(o), help.optionDescription(o))),
    ),
    ...section(
      'SIGNS',
      legend.flatMap(([sign, meaning]) => item(sign, meaning)),
    ),
    ...section(
      'EXIT STATUS',
      Object.entries({ ...EXIT_MEANINGS, ...exits }).flatMap(([code, text]) => item(code, text)),
    ),
    ...section(
      'ENVIRONMENT',
      ENVIRONMENT.flatMap(([variable, text]) => item(variable, text)),
    ),
    '.SH SEE ALSO',
    others.map(other => `.BR ${escapeText(pageNameOf(other))} (1)`).join(' ,\n'),
    '',
  ].join('\n')
}

/** `balancing-apply` */
export function pageNameOf(command: Command): string {
  return command.parent ? `${command.parent.name()}-${command.name()}` : command.name()
}

/** The commands that the help lists. */
export function commandsOf(program: Command, help = program.createHelp()): Command[] {
  return help.visibleCommands(program).filter(command => command.name() !== 'help')
}

function optionsOf(command: Command, help: Help): Option[] {
  const everywhere = (command.parent?.options ?? []).filter(option => option.long !== '--version')
  return [...help.visibleOptions(command), ...everywhere]
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`.SH ${title}`, ...lines]
}

function item(term: string, text: string): string[] {
  return ['.TP', `.B ${argument(term)}`, line(text)]
}

/** One argument of a macro. */
function argument(text: string): string {
  return `"${escapeText(text).replaceAll('"', '\\(dq')}"`
}

/** A line of text. A full stop or quote at its beginning would make a request of it. */
function line(text: string): string {
  return escapeText(text).replace(/^(?=[.'])/, '\\&')
}

/** Text in ASCII. Hyphens stay hyphens, so that a reader can copy them. */
function escapeText(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/[^ -~]/gu, c => `\\[u${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`)
}
