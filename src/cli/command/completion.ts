// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { Argument, type Command } from 'commander'
import { escapeLine } from '../../base/escape.ts'
import { shortRevision } from '../../base/short-revision.ts'
import type { Entry } from '../../node/history/entry.ts'
import { newestEntry } from '../../node/history/saved.ts'
import { serviceKey } from '../../spec/name.ts'
import { parseSpec } from '../../spec/parse.ts'
import { type Candidate, complete, type Sources, type SpecNames } from '../completion/complete.ts'
import { SCRIPTS } from '../completion/scripts.ts'
import { historyNear } from '../flag/target.ts'
import { documented } from '../help/help.ts'
import { answer } from '../output/streams.ts'

export function completionCommand(program: Command): void {
  const command = program
    .command('completion')
    .summary('print a script that completes commands, flags, files and the names of a spec')
    .addArgument(new Argument('<shell>', 'the shell that reads the script').choices(Object.keys(SCRIPTS)))
    .action((shell: keyof typeof SCRIPTS) => answer(SCRIPTS[shell]))
  documented(command, {
    examples: [
      ['source <(balancing completion bash)', 'add this line to ~/.bashrc'],
      ['source <(balancing completion zsh)', 'add this line to ~/.zshrc, after compinit'],
      ['balancing completion fish > ~/.config/fish/completions/balancing.fish', 'run this once'],
    ],
  })
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action((words: string[]) => printCandidates(program, words))
}

function printCandidates(program: Command, words: readonly string[]): void {
  const { candidates, files } = complete(program, words, SOURCES)
  const kind = files === 'any' ? 'files' : (files ?? '')
  answer(
    [...candidates.map(({ value, about }) => `${escapeLine(value)}\t${escapeLine(about)}\n`), `:${kind}\n`].join(''),
  )
}

/** Completion shows no errors: a spec or a history that cannot be read gives no candidates. */
const SOURCES: Sources = {
  namesIn: file => orElse({ services: [], nodes: [] }, () => namesOf(readFileSync(file, 'utf8'))),
  savedNames: places =>
    orElse({ services: [], nodes: [] }, () => {
      const history = historyNear(places)
      return namesOf(history.specText(newestEntry(history)))
    }),
  revisions: places => orElse([], () => candidatesIn(historyNear(places).entries())),
}

function orElse<T>(nothing: T, look: () => T): T {
  try {
    return look()
  } catch {
    return nothing
  }
}

function namesOf(text: string): SpecNames {
  const { value } = parseSpec(text, '')
  const services = value?.services.map(serviceKey) ?? []
  return { services, nodes: value?.nodes.map(({ name }) => name) ?? [] }
}

/** Each revision once, the newest first. */
function candidatesIn(entries: readonly Entry[]): Candidate[] {
  const newest = new Map(entries.map(entry => [entry.revision, entry]))
  const sorted = [...newest.values()].sort((a, b) => b.sequence - a.sequence)
  return sorted.map(({ revision, time, by }) => ({ value: shortRevision(revision), about: `${by} at ${time}` }))
}
