import type { Options } from 'execa'

/** How a child process ended. */
export interface Ended {
  stdout: string
  stderr: string
  /** Undefined when the child did not end by itself; `failure` says why. */
  exitCode: number | undefined
  /** Why there is no exit code, in words that name the program. */
  failure?: string
  /** The program could not be started at all. */
  isMissing: boolean
}

export interface ChildOptions {
  /** A file descriptor that the child reads. */
  stdin?: number
  /** A file descriptor that the child writes. */
  stdout?: number
  /** A file descriptor that the child holds open as long as it runs, as its descriptor 3. */
  held?: number | undefined
  /** Takes the output piece by piece, instead of it being collected. */
  onOutput?: (chunk: Buffer) => void
  timeoutMs?: number
}

/** The longest that any child takes is loading the programs on an emulated machine: 20 s. */
export const TIMEOUT_MS = 120_000

/**
 * Settings of every child. Killing the parent does not kill a child: a batch runs to its end, and holds the lock until
 * then.
 */
export const CHILD = {
  reject: false,
  stripFinalNewline: false,
  cleanup: false,
  killSignal: 'SIGKILL',
} as const satisfies Options

/**
 * execa takes 24 ms of CPU time to load, a seventh of a small apply, so commands that start no child do without it.
 */
export async function loadExeca() {
  return (await import('execa')).execa
}

/** What a child gets as descriptors 0 to 3. execa takes every descriptor; its types know those up to 9. */
export function stdioOf(stdin: 'pipe' | 'ignore' | number, stdout: 'pipe' | number, held: number | undefined) {
  return [stdin, stdout, 'pipe', held ?? 'ignore'] as unknown as ['pipe', 'pipe', 'pipe', 'ignore']
}

/** Runs a program to its end. Never rejects. */
export async function runChild(
  program: string,
  args: readonly string[],
  { stdin, stdout, held, onOutput, timeoutMs = TIMEOUT_MS }: ChildOptions = {},
): Promise<Ended> {
  const execa = await loadExeca()
  const stdio = stdioOf(stdin ?? 'ignore', stdout ?? 'pipe', held)
  const child = execa(program, args, {
    ...CHILD,
    stdio,
    timeout: timeoutMs,
    buffer: { stdout: onOutput === undefined },
  })
  if (onOutput) child.stdout?.on('data', onOutput)
  const ended = await child
  const failure = failureOf(program, ended, timeoutMs)
  return {
    stdout: String(ended.stdout ?? ''),
    stderr: String(ended.stderr ?? ''),
    exitCode: ended.exitCode,
    isMissing: ended.exitCode === undefined && ended.signal === undefined && !ended.timedOut,
    ...(failure !== undefined && { failure }),
  }
}

interface Outcome {
  exitCode?: number | undefined
  signal?: string | undefined
  timedOut: boolean
  originalMessage?: string | undefined
}

/** Why a child has no exit code, in words that name the program. */
export function failureOf(program: string, ended: Outcome, timeoutMs: number): string | undefined {
  if (ended.timedOut) return `${program} did not end within ${timeoutMs / 1000} s and was killed`
  if (ended.exitCode !== undefined) return undefined
  if (ended.signal !== undefined) return `${program} was ended by ${ended.signal}`
  return `${program} cannot be started: ${ended.originalMessage ?? 'no reason was given'}`
}

/** What a program wrote to stderr, as a part of a message: on one line. */
export function stderrLine(stderr: string): string {
  return stderr.trim().replace(/\s*\n\s*/g, '; ')
}
