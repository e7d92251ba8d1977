// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'

/**
 * A command story is one file: a sentence on what it shows, files that begin with `-- PATH --`, then what is typed and what
 * comes of it:
 *
 *     # A remark, if need be.
 *     $ balancing validate -f spec.yaml
 *     1| what stdout got
 *     2| what stderr got
 *     exit 3
 *
 * A command is one line for bash (with pipefail). All run one after the other in one empty folder with the story's files and
 * a link to examples/; stdin is empty; `exit` is left out when it is 0. Only the commands are given: everything under them is
 * output, which UPDATE=1 rewrites. What differs from run to run is told as `$PWD` (the folder), `$NAME` (a variable that the
 * test gave) and `N s` (a duration); anything else a command can take out itself, by sed.
 */
export interface CliStory {
  path: string
  about: string
  files: Map<string, string>
  steps: Step[]
}

interface Step {
  /** Lines that begin with #, or nothing. */
  remark: string
  command: string
  /** As it stands in the file: lines that begin with 1|, 2| or exit. */
  told: string
}

const ROOT = new URL('../..', import.meta.url).pathname
const LONGEST_SECONDS = 60

export function readCliStories(folder: string): CliStory[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.txt'))
    .sort()
    .map(name => parseCliStory(join(folder, name), readFileSync(join(folder, name), 'utf8')))
}

export function parseCliStory(path: string, story: string): CliStory {
  const typed = story.search(/^(# .*\n)*\$ /m)
  if (typed < 0) throw new Error(`${path}: nothing is typed`)
  const [about, ...parts] = story.slice(0, typed).split(/^-- (\S+) --\n/m)
  const files = new Map<string, string>()
  for (let i = 0; i < parts.length; i += 2) files.set(parts[i]!, `${parts[i + 1]!.trimEnd()}\n`)
  return { path, about: about!.trim(), files, steps: parseSteps(path, story.slice(typed)) }
}

function parseSteps(path: string, transcript: string): Step[] {
  const steps: Step[] = []
  let remark = ''
  for (const line of transcript.split('\n')) {
    if (line.startsWith('# ')) remark += `${line}\n`
    else if (line.startsWith('$ ')) {
      steps.push({ remark, command: line.slice(2), told: '' })
      remark = ''
    } else if (/^[12][|\\]|^exit /.test(line)) steps.at(-1)!.told += `${line}\n`
    else if (line !== '') throw new Error(`${path}: this is neither a command nor an output: ${line}`)
  }
  return steps
}

export function printCliStory({ about, files, steps }: CliStory): string {
  const given = [...files].map(([path, text]) => `-- ${path} --\n${text}`).join('')
  const transcript = steps.map(({ remark, command, told }) => `${remark}$ ${command}\n${told}`).join('\n')
  return `${about}\n\n${given === '' ? '' : `${given}\n`}${transcript}`
}

type Variables = Readonly<Record<string, string>>

/**
 * Runs the commands of a story, with these variables beside the usual ones (and, where they are others in each folder, those that
 * `given` makes for it): the steps, with what was told this time.
 */
export async function playCliStory(
  story: CliStory,
  given: Variables | ((folder: string) => Variables) = {},
): Promise<Step[]> {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-story-'))
  const variables = typeof given === 'function' ? given(folder) : given
  try {
    symlinkSync(join(ROOT, 'examples'), join(folder, 'examples'))
    for (const [path, text] of story.files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const steps: Step[] = []
    for (const step of story.steps) steps.push({ ...step, told: await play(step.command, folder, variables) })
    return steps
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function play(command: string, folder: string, variables: Readonly<Record<string, string>>): Promise<string> {
  const env = {
    PATH: `${ROOT}bin:${process.env.PATH}`,
    HOME: folder,
    LC_ALL: 'C.UTF-8',
    BALANCING_DEVICE: 'none',
    ...variables,
  }
  const shell = ['timeout', '--kill-after=1', String(LONGEST_SECONDS), 'bash', '-o', 'pipefail', '-c', command] as const
  const child = spawn(shell[0], shell.slice(1), { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  const mask = (output: string) =>
    Object.entries({ ...variables, PWD: folder })
      .reduce((masked, [name, value]) => masked.replaceAll(value, () => `$${name}`), output)
      .replace(/\b\d+\.\d\d s\b/g, 'N s')
  return tell('1', mask(stdout)) + tell('2', mask(stderr)) + (code === 0 ? '' : `exit ${code}\n`)
}

/** Each line behind the number of its stream; an end without a line break is told, because it is most often a mistake. */
function tell(stream: '1' | '2', output: string): string {
  if (output === '') return ''
  const lines = output.replace(/\n$/, '').split('\n')
  const told = lines.map(line => (line === '' ? `${stream}|\n` : `${stream}| ${line}\n`)).join('')
  return output.endsWith('\n') ? told : `${told}${stream}\\ no line break at the end\n`
}
