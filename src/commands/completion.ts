import { readFileSync } from 'node:fs'
import { Argument, type Command } from 'commander'
import { parseSpec } from '../spec/parse.ts'
import { complete, type SpecNames } from './complete.ts'
import { SCRIPTS } from './completion-scripts.ts'
import { documented } from './help.ts'
import { answer } from './streams.ts'

export function completionCommand(program: Command): void {
  const command = program
    .command('completion')
    .summary('print what a shell needs to complete commands, flags, files and the names of a spec')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SCRIPTS)))
    .action((shell: keyof typeof SCRIPTS) => answer(SCRIPTS[shell]))
  documented(command, {
    examples: [
      ['source <(balancing completion bash)', 'in ~/.bashrc'],
      ['source <(balancing completion zsh)', 'in ~/.zshrc, after compinit'],
      ['balancing completion fish > ~/.config/fish/completions/balancing.fish', 'once'],
    ],
  })
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action((words: string[]) => printCandidates(program, words))
}

function printCandidates(program: Command, words: readonly string[]): void {
  const { candidates, files } = complete(program, words, namesIn)
  const kind = files === 'any' ? 'files' : (files ?? '')
  answer([...candidates.map(({ value, about }) => `${value}\t${about}\n`), `:${kind}\n`].join(''))
}

/** Whoever completes does not want to hear what is wrong with a spec. */
function namesIn(path: string): SpecNames {
  try {
    const { value } = parseSpec(readFileSync(path, 'utf8'), path)
    const services = value?.services.map(({ namespace, name }) => `${namespace}/${name}`) ?? []
    return { services, nodes: value?.nodes.map(({ name }) => name) ?? [] }
  } catch {
    return { services: [], nodes: [] }
  }
}
