// SPDX-License-Identifier: Apache-2.0
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { SocketScope } from '../../bpf/generation/socket-scope.ts'
import type { PodChoice } from '../../node/edges/resolve-edges.ts'

export interface PodOptions {
  pods?: string[]
  sockets?: SocketScope
}

/** The flags for who is served as packets, and who at sockets. `otherwise`: what happens when the command line does not say. */
export function withPods(command: Command, otherwise = { pods: 'none', sockets: 'all' }): Command {
  const pods = `translate what pods send at the host's side of their devices: those whose names match, for example cali*; repeatable; none: at no device (default: ${otherwise.pods})`
  const sockets = `translate at the sockets of all processes of the cgroup, or only of those in the host network namespace (default: ${otherwise.sockets})`
  const scope = new Option('--sockets <scope>', sockets).choices(['all', 'host'] as const)
  return withPodPatterns(command, pods).addOption(withVariable(scope, 'BALANCING_SOCKETS'))
}

/** The first of them alone. */
export function withPodPatterns(command: Command, about: string): Command {
  return command.addOption(withVariable(new Option('--pods <pattern>', about).argParser(collected), 'BALANCING_PODS'))
}

/** An empty variable is none. */
function withVariable(option: Option, variable: string): Option {
  return process.env[variable] === '' ? option : option.env(variable)
}

/** Names of devices have no white space, so a variable may hold several patterns. */
function collected(text: string, before: readonly string[] = []): string[] {
  const all = [...before, ...text.split(/\s+/).filter(Boolean)]
  if (text.trim() === '') throw new InvalidArgumentError('A pattern has at least one character.')
  if (all.includes(NONE) && all.length > 1) throw new InvalidArgumentError(`${NONE} stands alone.`)
  return all
}

const NONE = 'none'

/** The devices of pods that a command line asks for; `otherwise` when it does not say. */
export function podsOf(options: PodOptions, otherwise: PodChoice = []): PodChoice {
  return options.pods === undefined ? otherwise : patternsOf(options)
}

export function patternsOf({ pods = [] }: Pick<PodOptions, 'pods'>): readonly string[] {
  return pods.includes(NONE) ? [] : pods
}
