// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { EXIT } from '../../base/exit.ts'
import { type Failure, failure } from '../../base/failure.ts'
import type { RecordedAttachment } from '../hooks/attachment.ts'
import {
  ASSUMED_MANIFEST,
  MANIFEST_NAME,
  type Manifest,
  manifestWith,
  readManifest,
  replaceManifest,
  writeManifest,
} from './manifest.ts'
import { DESTROYER, type List } from './programs.ts'
import { readXdpRecord, writeXdpRecord, type XdpRecord } from './xdp-record.ts'

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

  get destroyer(): string {
    return join(this.path, 'lists', DESTROYER)
  }

  get programs(): string {
    return join(this.path, 'programs')
  }

  /** Makes the folders of a generation whose programs are to be attached to devices so. */
  makeFolders(attachments: readonly RecordedAttachment[]): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 })
    writeManifest(this.path, manifestWith(attachments))
    for (const folder of ['maps', 'lists']) mkdirSync(join(this.path, folder), { mode: 0o700 })
  }

  get hasManifest(): boolean {
    return readManifest(this.path) !== undefined
  }

  /** What balancing, of whichever build, may have pinned and attached. */
  get manifest(): Manifest {
    return readManifest(this.path) ?? ASSUMED_MANIFEST
  }

  /** Writes down what is attached to devices from now on. */
  replaceAttachments(attachments: readonly RecordedAttachment[]): void {
    replaceManifest(this.path, { ...this.manifest, attachments })
  }

  get xdpRecord(): XdpRecord | undefined {
    return readXdpRecord(this.path)
  }

  replaceXdpRecord(record: XdpRecord): void {
    writeXdpRecord(this.path, record)
  }

  /** Names in one of its folders that are pinned. */
  pinned(folder: 'maps' | 'programs'): string[] {
    const start = `${folder}/`
    const paths = [...this.manifest.pins.keys()].filter(path => path.startsWith(start))
    const names = paths.map(path => path.slice(start.length))
    return names.filter(name => existsSync(join(this.path, folder, name)))
  }

  /** Paths in its folder that balancing did not make. */
  unmanaged(): string[] {
    const { pins } = this.manifest
    const folders = foldersOf(pins).map(folder => `${folder}/`)
    const own = new Set([MANIFEST_NAME, ...pins.keys(), ...folders])
    return leavesOf(this.path).filter(path => !own.has(path))
  }

  /** Unpins what balancing pinned. The manifest goes last: after a kill in between, the rest is still known as ours. */
  remove(): void {
    const { pins } = this.manifest
    for (const path of pins.keys()) unlink(join(this.path, path))
    for (const folder of foldersOf(pins).filter(f => existsSync(join(this.path, f)))) rmdirSync(join(this.path, folder))
    unlink(join(this.path, MANIFEST_NAME))
    if (existsSync(this.path)) rmdirSync(this.path)
  }
}

function foldersOf(pins: Manifest['pins']): string[] {
  return [...new Set([...ASSUMED_MANIFEST.pins.keys(), ...pins.keys()].map(dirname))]
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

/** Refuses (exit 4) a generation that holds unmanaged pins: its folder cannot be removed with them in it. */
export function requireNoUnmanagedPins(generations: readonly GenerationPins[]): void {
  for (const pins of generations) {
    const unmanaged = pins.unmanaged()
    if (unmanaged.length > 0) throw notOurs(pins.path, unmanaged)
  }
}

/**
 * Refuses (exit 4) a generation whose manifest has a line that this build does not know. A newer build may have attached
 * something there that no pin holds, so removing the pins would leave it attached, to maps that are updated no more.
 */
export function requireKnownManifests(generations: readonly GenerationPins[]): void {
  for (const { path, manifest } of generations) {
    const [line] = manifest.unknown
    if (line === undefined) continue
    const message = `the manifest ${join(path, MANIFEST_NAME)} has the line "${line}", which this build does not know`
    const hint =
      'use the newer build that wrote it; to go back to this one, run balancing cleanup of the newer one first'
    throw failure(EXIT.nodeNotReady, 'unknown-manifest', message, hint)
  }
}

function notOurs(folder: string, names: readonly string[]): Failure {
  const message = `${folder} holds what this balancing did not make: ${names.slice(0, 5).join(', ')}`
  return failure(EXIT.nodeNotReady, 'foreign-pins', message, 'give another --pin-dir, or remove it by hand')
}
