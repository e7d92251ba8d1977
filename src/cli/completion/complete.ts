// SPDX-License-Identifier: Apache-2.0
import type { Argument, Command, Option } from 'commander'
import type { GivenTarget } from '../flag/target.ts'

/** What can stand at the cursor. */
interface Completion {
  candidates: Candidate[]
  /** The shell lists the files itself. */
  files?: 'any' | 'directories'
}

export interface Candidate {
  value: string
  /** A short description, for shells that show one. */
  about: string
}

/** Names that a spec holds; empty when it cannot be read. */
export interface SpecNames {
  services: readonly string[]
  nodes: readonly string[]
}

/** Where candidates come from, beside the declarations. */
export interface Sources {
  /** The names in the spec of a file. */
  namesIn(file: string): SpecNames
  /** The names in the spec that was applied last. */
  savedNames(given: GivenTarget): SpecNames
  /** The revisions that were applied. */
  revisions(given: GivenTarget): Candidate[]
}

/**
 * Completes the last of the words behind `balancing`, which may be empty. Candidates follow from the declarations: an option's
 * choices, and the name of its placeholder. Names come from the spec of the command line, or from the spec that was applied last.
 */
export function complete(program: Command, words: readonly string[], sources: Sources): Completion {
  const before = words.slice(0, -1)
  const current = words.at(-1) ?? ''
  const position = positionOf(program, before)
  const { command, option, given } = position
  const known = knownTo(position, sources)
  const inline = /^(--[^=]+)=(.*)$/.exec(current)
  const inlineOption = inline ? optionsOf(command).find(o => o.long === inline[1]) : undefined
  if (inline && inlineOption) {
    const values = valuesOf(inlineOption.argChoices, placeholderOf(inlineOption), known)
    return prefixed(`${inline[1]}=`, begun(values, inline[2]!))
  }
  if (option) return begun(valuesOf(option.argChoices, placeholderOf(option), known), current)
  if (current.startsWith('-')) return begun({ candidates: optionsOf(command).flatMap(flagsOf) }, current)
  if (command === program) return begun({ candidates: commandsOf(program) }, current)
  const argument = argumentAt(command.registeredArguments, given)
  if (!argument) return { candidates: [] }
  return begun(valuesOf(argument.argChoices, argument.name(), known), current)
}

interface Position {
  command: Command
  /** The option whose value comes next. */
  option: Option | undefined
  /** How many arguments came before. */
  given: number
  /** The values of options, by attribute name, and the arguments by the names of their declarations. */
  values: Map<string, string>
}

function positionOf(program: Command, words: readonly string[]): Position {
  const at: Position = { command: program, option: undefined, given: 0, values: new Map() }
  for (const word of words) {
    if (at.option) {
      at.values.set(at.option.attributeName(), word)
      at.option = undefined
    } else if (word.startsWith('-') && word !== '-') takeFlag(at, word)
    else if (at.command === program) at.command = program.commands.find(c => c.name() === word) ?? program
    else takeArgument(at, word)
  }
  return at
}

function takeFlag(at: Position, word: string): void {
  const [flag, value] = word.split(/=(.*)/s)
  const option = optionsOf(at.command).find(o => o.short === flag || o.long === flag)
  if (!option || option.isBoolean()) return
  if (value === undefined) at.option = option
  else at.values.set(option.attributeName(), value)
}

function takeArgument(at: Position, word: string): void {
  const argument = argumentAt(at.command.registeredArguments, at.given)
  if (argument) at.values.set(argument.name(), word)
  at.given++
}

function argumentAt(declared: readonly Argument[], index: number): Argument | undefined {
  const last = declared.at(-1)
  return declared[index] ?? (last?.variadic ? last : undefined)
}

/** What can be looked up where the cursor stands. */
interface Known {
  names(): SpecNames
  revisions(): Candidate[]
}

/** Of the spec that the words before the cursor name. */
function knownTo({ command, values }: Position, { namesIn, savedNames, revisions }: Sources): Known {
  const spec = values.get('file') ?? values.get('new') ?? values.get('old') ?? values.get('spec')
  const places = { stateDir: values.get('stateDir'), pinDir: values.get('pinDir') }
  const named = (name: string) => optionsOf(command).find(o => o.attributeName() === name)
  const names = () => {
    if (spec === undefined && named('stateDir')) return savedNames(places)
    return spec === undefined || spec === '-' ? { services: [], nodes: [] } : namesIn(spec)
  }
  return { names, revisions: () => revisions(places) }
}

function optionsOf(command: Command): Option[] {
  return [...command.createHelp().visibleOptions(command), ...(command.parent?.options ?? [])].filter(o => !o.hidden)
}

function flagsOf(option: Option): Candidate[] {
  const flag = option.long ?? option.short
  return flag === undefined ? [] : [{ value: flag, about: option.description }]
}

function commandsOf(program: Command): Candidate[] {
  const visible = program.createHelp().visibleCommands(program)
  return visible.map(command => ({ value: command.name(), about: command.summary() || command.description() }))
}

function placeholderOf(option: Option): string {
  return /[<[]([^\]>.]+)/.exec(option.flags)?.[1] ?? ''
}

const PLAIN_FILES = ['spec', 'file', 'path', 'plan', 'old', 'new']

/** What a placeholder stands for: `<dir>`, `<spec>`, `<node>`, `<what>` (what explain takes). */
function valuesOf(choices: readonly string[] | undefined, placeholder: string, known: Known): Completion {
  if (choices) return { candidates: choices.map(value => ({ value, about: '' })) }
  if (placeholder === 'dir') return { candidates: [], files: 'directories' }
  if (PLAIN_FILES.includes(placeholder)) return { candidates: [], files: 'any' }
  const list = (values: readonly string[], about: string) => values.map(value => ({ value, about }))
  const { names, revisions } = known
  if (placeholder === 'revision') return { candidates: revisions() }
  if (placeholder === 'client')
    return {
      candidates: [...list(names().nodes, 'a pod there'), { value: 'external', about: 'a host outside the cluster' }],
    }
  if (placeholder === 'node') return { candidates: list(names().nodes, 'node') }
  if (placeholder === 'service') return { candidates: list(names().services, 'Service') }
  if (placeholder === 'what')
    return { candidates: [...list(names().services, 'Service'), ...list(names().nodes, 'node')] }
  return { candidates: [] }
}

function begun({ candidates, ...rest }: Completion, text: string): Completion {
  return { ...rest, candidates: candidates.filter(({ value }) => value.startsWith(text)) }
}

function prefixed(prefix: string, { candidates, ...rest }: Completion): Completion {
  return { ...rest, candidates: candidates.map(c => ({ ...c, value: prefix + c.value })) }
}
