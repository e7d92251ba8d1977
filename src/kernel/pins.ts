import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import { CONFIG_MAPS, type ConfigMap, STATE_MAPS, type StateMap } from '../image/image.ts'
import { PROGRAM_NAMES, type ProgramName } from './programs.ts'

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

  program(name: ProgramName): string {
    return join(this.path, 'programs', name)
  }

  get programs(): string {
    return join(this.path, 'programs')
  }

  makeFolders(): void {
    mkdirSync(join(this.path, 'maps'), { recursive: true, mode: 0o700 })
  }

  hasAllMaps(): boolean {
    return CONFIG_MAPS.every(name => existsSync(this.map(name)))
  }

  pinnedState(): StateMap[] {
    return STATE_MAPS.filter(name => existsSync(this.map(name)))
  }

  pinnedPrograms(): ProgramName[] {
    return PROGRAM_NAMES.filter(name => existsSync(this.program(name)))
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** The generations under a pin directory, oldest first; refuses a directory that holds anything else (exit 4). */
export function listGenerations(pinDir: string): GenerationPins[] {
  if (!existsSync(pinDir)) return []
  const names = readdirSync(pinDir)
  const foreign = names.filter(name => !/^g\d+$/.test(name))
  if (foreign.length > 0) {
    const message = `${pinDir} holds what balancing did not make: ${foreign.slice(0, 5).join(', ')}`
    throw failure(EXIT.nodeNotReady, 'foreign-pins', message, 'give another --pin-dir, or remove it by hand')
  }
  return names
    .map(name => Number(name.slice(1)))
    .sort((a, b) => a - b)
    .map(number => new GenerationPins(pinDir, number))
}
