import type { Command, Help, Option } from 'commander'
import { VERSION } from '../command/version.ts'
import { documentationOf, EXIT_MEANINGS, usageOf } from './help.ts'

const ENVIRONMENT = [
  ['NODE_NAME', 'the node to compile for, unless --node says so'],
  [
    'BALANCING_CGROUP, BALANCING_PIN_DIR, BALANCING_STATE_DIR',
    'what --cgroup, --pin-dir, --state-dir are where they are not given',
  ],
  ['NO_COLOR, FORCE_COLOR', 'no colours, or colours also where there is no terminal'],
  ['BALANCING_BPFTOOL', 'the bpftool to run'],
] as const

/** The manual page of a command, or of the program, in section 1: man(7) source. The same texts as its --help. */
export function manPage(command: Command): string {
  const help = command.createHelp()
  const { examples, exits = {} } = documentationOf(command)
  const name = pageNameOf(command)
  const { parent } = command
  const others = parent ? [parent] : commandsOf(command, help)
  return [
    `.TH ${escapeText(name.toUpperCase())} 1 "" "balancing ${VERSION}" "balancing"`,
    // Words are not cut: many are to be typed.
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

/** The commands that people are told of. */
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

/** A line of text: a full stop or quote at its begin would make a request of it. */
function line(text: string): string {
  return escapeText(text).replace(/^(?=[.'])/, '\\&')
}

/** Text in ASCII, in which a hyphen stays one that can be copied. */
function escapeText(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/[^ -~]/gu, c => `\\[u${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`)
}
