// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'

/** A block of a page: a terminal, as ```console shows it. */
export interface Dialogue {
  /** The line of the page (1 is the first) where its first command stands. */
  line: number
  steps: { command: string; output: string }[]
}

const BLOCK = /^```console\n([\s\S]*?)^```$/gm

/** The terminals of a Markdown page, in its order. A command is what follows `$ `; lines that end with \ go on. */
export function dialoguesOf(page: string): Dialogue[] {
  return [...page.matchAll(BLOCK)].map(match => {
    const line = page.slice(0, match.index).split('\n').length + 1
    return { line, steps: stepsOf(match[1]!, line) }
  })
}

function stepsOf(block: string, line: number): Dialogue['steps'] {
  const [before, ...parts] = block.split(/^\$ /m)
  if (before !== '') throw new Error(`line ${line}: a terminal begins with a command`)
  return parts.map(part => {
    const command = /^(?:.*\\\n)*.*\n/.exec(part)![0]
    return { command, output: part.slice(command.length) }
  })
}

/** The page with other outputs in its terminals. */
export function withDialogues(page: string, dialogues: readonly Dialogue[]): string {
  const queue = dialogues.map(({ steps }) => steps.map(({ command, output }) => `$ ${command}${output}`).join(''))
  return page.replace(BLOCK, () => `\`\`\`console\n${queue.shift()}\`\`\``)
}

/** Types the commands of a page, one after the other in one folder: the same, with what came of them, both streams together. */
export function play(dialogues: readonly Dialogue[], folder: string, env: NodeJS.ProcessEnv): Dialogue[] {
  return dialogues.map(({ line, steps }) => ({
    line,
    steps: steps.map(({ command }) => {
      const script = `exec 2>&1\n${command}`
      const { stdout } = spawnSync('bash', ['-c', script], { cwd: folder, env, encoding: 'utf8', timeout: 60_000 })
      return { command, output: stdout }
    }),
  }))
}

/** What differs from run to run, and from machine to machine: durations, sizes, moments, ids, hashes of builds. */
export function masked(output: string): string {
  return output
    .replace(/\b\d+(\.\d+)? ?(s|ms|KiB|MiB)\b/g, 'N $2')
    .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?Z?/g, 'TIME')
    .replace(/\bid \d+/g, 'id N')
    .replace(/\b\d+ (seconds?|minutes?) ago\b/g, 'N ago')
    .replace(/ {2,}/g, '  ')
}
