import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { EXIT } from '../base/exit.ts'
import { type Failure, failure } from '../base/failure.ts'
import { type Manifest, RECORD, readManifest, UNRECORDED, writeManifest } from './manifest.ts'
import type { List } from './programs.ts'

/**
 * Where a generation is pinned: PIN_DIR/gN/maps/NAME, PIN_DIR/gN/programs/NAME and PIN_DIR/gN/lists/NAME. A generation is
 * one set of maps with the programs that read them; several can stand side by side while one takes over from another.
 */
export class GenerationPins {
  readonly number: number
  readonly path: string

  constructor(pinDir: string, number: number) {
    this.number = number
    this.path = join(pinDir, `g${number}`)
  }

  map(name: string): string {
    return join(this.path, 'maps', name)
  }

  program(name: string): string {
    return join(this.path, 'programs', name)
  }

  list(name: List): string {
    return join(this.path, 'lists', name)
  }

  get programs(): string {
    return join(this.path, 'programs')
  }

  makeFolders(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 })
    writeManifest(this.path)
    for (const folder of ['maps', 'lists']) mkdirSync(join(this.path, folder), { mode: 0o700 })
  }

  /** What its record says, whichever build wrote it. */
  get recorded(): Manifest | undefined {
    return readManifest(this.path)
  }

  /** What balancing may have pinned there. */
  get contents(): Manifest {
    return this.recorded ?? UNRECORDED
  }

  /** Names in one of its folders that are pinned. */
  pinned(folder: 'maps' | 'programs'): string[] {
    const start = `${folder}/`
    const names = [...this.contents.keys()].filter(path => path.startsWith(start)).map(path => path.slice(start.length))
    return names.filter(name => existsSync(join(this.path, folder, name)))
  }

  /** What is there that balancing did not make. */
  strangers(): string[] {
    const { contents } = this
    const folders = foldersOf(contents).map(folder => `${folder}/`)
    const own = new Set([RECORD, ...contents.keys(), ...folders])
    return leavesOf(this.path).filter(path => !own.has(path))
  }

  /** Unpins what balancing pins. The record goes last: killed in between, the rest is still known for ours. */
  remove(): void {
    const { contents } = this
    for (const path of contents.keys()) unlink(join(this.path, path))
    for (const folder of foldersOf(contents).filter(f => existsSync(join(this.path, f))))
      rmdirSync(join(this.path, folder))
    unlink(join(this.path, RECORD))
    if (existsSync(this.path)) rmdirSync(this.path)
  }
}

function foldersOf(contents: Manifest): string[] {
  return [...new Set([...UNRECORDED.keys(), ...contents.keys()].map(dirname))]
}

function unlink(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Paths of all that is in a folder and is no folder, and of empty folders with a slash behind. */
function leavesOf(root: string, under = ''): string[] {
  const entries = readdirSync(join(root, under), { withFileTypes: true })
  if (entries.length === 0 && under !== '') return [`${under}/`]
  return entries.flatMap(entry => {
    const path = join(under, entry.name)
    return entry.isDirectory() ? leavesOf(root, path) : [path]
  })
}

/** The generations under a pin directory, oldest first; refuses a directory that holds anything else (exit 4). */
export function listGenerations(pinDir: string): GenerationPins[] {
  if (!existsSync(pinDir)) return []
  if (!statSync(pinDir).isDirectory()) throw notOurs(pinDir, ['a file'])
  const entries = readdirSync(pinDir, { withFileTypes: true })
  const foreign = entries.filter(entry => !entry.isDirectory() || !/^g[1-9]\d{0,8}$/.test(entry.name))
  if (foreign.length > 0)
    throw notOurs(
      pinDir,
      foreign.map(entry => entry.name),
    )
  return entries
    .map(entry => Number(entry.name.slice(1)))
    .sort((a, b) => a - b)
    .map(number => new GenerationPins(pinDir, number))
}

/** Refuses to work where somebody else pinned something too (exit 4): removing a generation would take it along. */
export function requireNoUnmanagedPins(generations: readonly GenerationPins[]): void {
  for (const pins of generations) {
    const strangers = pins.strangers()
    if (strangers.length > 0) throw notOurs(pins.path, strangers)
  }
}

function notOurs(folder: string, names: readonly string[]): Failure {
  const message = `${folder} holds what this balancing did not make: ${names.slice(0, 5).join(', ')}`
  return failure(EXIT.nodeNotReady, 'foreign-pins', message, 'give another --pin-dir, or remove it by hand')
}
