import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../base/exit.ts'
import { type Failure, failure } from '../base/failure.ts'
import { CONFIG_MAPS, type ConfigMap, STATE_MAPS, type StateMap } from '../image/image.ts'
import { IDENTIFY, PROGRAM_NAMES, type ProgramName } from './programs.ts'

/**
 * Where a generation is pinned: PIN_DIR/gN/maps/NAME and PIN_DIR/gN/programs/NAME. A generation is one set of
 * maps with the programs that read them; several can stand side by side while one takes over from another.
 */
export class GenerationPins {
  readonly number: number
  readonly path: string

  constructor(pinDir: string, number: number) {
    this.number = number
    this.path = join(pinDir, `g${number}`)
  }

  map(name: ConfigMap | StateMap): string {
    return join(this.path, 'maps', name)
  }

  program(name: ProgramName | typeof IDENTIFY): string {
    return join(this.path, 'programs', name)
  }

  get programs(): string {
    return join(this.path, 'programs')
  }

  makeFolders(): void {
    mkdirSync(join(this.path, 'maps'), { recursive: true, mode: 0o700 })
  }

  pinnedState(): StateMap[] {
    return STATE_MAPS.filter(name => existsSync(this.map(name)))
  }

  pinnedPrograms(): ProgramName[] {
    return PROGRAM_NAMES.filter(name => existsSync(this.program(name)))
  }

  /** Unpins what balancing pins, and refuses (exit 4) where something else is left. */
  remove(): void {
    const files = [...CONFIG_MAPS, ...STATE_MAPS].map(name => this.map(name))
    for (const path of [...files, ...([...PROGRAM_NAMES, IDENTIFY] as const).map(name => this.program(name))])
      rmSync(path, { force: true })
    for (const folder of [join(this.path, 'maps'), this.programs, this.path]) {
      if (!existsSync(folder)) continue
      const [stranger] = readdirSync(folder)
      if (stranger !== undefined) throw notOurs(folder, [stranger])
      rmdirSync(folder)
    }
  }
}

/** The generations under a pin directory, oldest first; refuses a directory that holds anything else (exit 4). */
export function listGenerations(pinDir: string): GenerationPins[] {
  if (!existsSync(pinDir)) return []
  const names = statSync(pinDir).isDirectory() ? readdirSync(pinDir) : ['a file']
  const foreign = names.filter(name => !/^g\d+$/.test(name))
  if (foreign.length > 0) throw notOurs(pinDir, foreign)
  return names
    .map(name => Number(name.slice(1)))
    .sort((a, b) => a - b)
    .map(number => new GenerationPins(pinDir, number))
}

function notOurs(folder: string, names: readonly string[]): Failure {
  const message = `${folder} holds what this balancing did not make: ${names.slice(0, 5).join(', ')}`
  return failure(EXIT.nodeNotReady, 'foreign-pins', message, 'give another --pin-dir, or remove it by hand')
}
