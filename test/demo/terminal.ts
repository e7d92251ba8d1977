// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { styleText } from 'node:util'
import type { Stage } from './stage.ts'

/** Where commands are typed: a node, or a pod. */
export interface Prompt {
  /** What stands before the $. */
  name: string
  /** The node or pod in whose network namespace it runs. */
  party: string
  cgroup: string
  /** It is a host outside the cluster, which reaches Services as packets. */
  isOutside?: true
  /** Variables that the visitor has seen being set. */
  variables: Record<string, string>
}

/** What a command did: stdout and stderr as they came. */
export interface Ran {
  command: string
  code: number | null
  output: string
  seconds: number
}

const BIN = new URL('../../bin', import.meta.url).pathname
/** The checkout, with a slash at the end. */
export const ROOT = new URL('../..', import.meta.url).pathname
/** Nothing here takes more than two; what hangs is ended (exit code 124), and is then a surprise. */
const LONGEST_SECONDS = 20

const SHELL = ['timeout', '--kill-after=1', `${LONGEST_SECONDS}`, 'bash', '-o', 'pipefail', '-c']

/** Runs a shell command at a prompt, from the top of the checkout, with bin/ in the PATH. */
export function run(stage: Stage, { party, cgroup, variables }: Prompt, command: string): Promise<Ran> {
  const [shell, ...args] = stage.enter(party, cgroup, [...SHELL, `exec 2>&1\n${command}`])
  const env = { ...process.env, PATH: `${BIN}:${process.env.PATH}`, LC_ALL: 'C', FORCE_COLOR: undefined, ...variables }
  const started = performance.now()
  const child = spawn(shell, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      output += text
    })
    child.once('error', reject)
    child.once('close', code => resolve({ command, code, output, seconds: (performance.now() - started) / 1000 }))
  })
}

/** A line that says what comes. */
export function title(text: string): void {
  console.log(`\n${paint('bold', `# ${text}`)}`)
}

export function typed(prompt: Prompt, command: string): void {
  console.log(`${paint('green', `${prompt.name}$`)} ${command}`)
}

export function printed(output: string): void {
  if (output === '') return
  for (const line of output.replace(/\n$/, '').split('\n')) console.log(`  ${line.trimStart()}`)
}

/** Colour only where a person looks. styleText keeps to NO_COLOR by itself. */
function paint(style: 'bold' | 'green', text: string): string {
  return process.stdout.isTTY ? styleText(style, text) : text
}
