// SPDX-License-Identifier: Apache-2.0
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { type ConnectedSocket, parseConnected } from '../../datapath/connected.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import type { GenerationPins } from '../generation/pins.ts'
import { LISTS, type List, listObject } from '../generation/programs.ts'

/** Are there lists to be read, as far as can be seen? */
export function hasLists(pins: GenerationPins): boolean {
  return LISTS.every(name => existsSync(pins.list(name)))
}

/** The lists of a generation, open: they can be read while and after the generation goes. */
export class SocketLists {
  readonly #files: ReadonlyMap<List, number>

  private constructor(files: ReadonlyMap<List, number>) {
    this.#files = files
  }

  /** Opens the lists, or says why it cannot. Their pins stay, so that the next time takes no process. `object` is that of the programs. */
  static async open(bpf: Bpf, pins: GenerationPins, object: string): Promise<SocketLists | string> {
    for (const name of LISTS.filter(name => !existsSync(pins.list(name)))) {
      const over = ['map', 'pinned', pins.map(name)]
      const { error } = await bpf.run('iter', 'pin', listObject(object, name), pins.list(name), ...over)
      if (error !== undefined) return error
    }
    try {
      return new SocketLists(new Map(LISTS.map(name => [name, openSync(pins.list(name), 'r')])))
    } catch (error) {
      return unreadable(error)
    }
  }

  /**
   * The connected UDP sockets of all network namespaces that have a backend through the programs of the generation; or, as text,
   * why they cannot be listed.
   */
  read(): ConnectedSocket[] | string {
    try {
      return parseConnected(READINGS.map(name => readFileSync(`/proc/self/fd/${this.#files.get(name)}`, 'latin1')))
    } catch (error) {
      return unreadable(error)
    }
  }

  close(): void {
    for (const fd of this.#files.values()) closeSync(fd)
  }
}

/**
 * Socket storage is read four times: the kernel returns a long list in pieces and finds its place again by counting, so it skips
 * sockets when others close in between.
 */
const READINGS = ['socket_slots', 'socket_revnat', 'socket_revnat', 'socket_revnat', 'socket_revnat'] as const

function unreadable(error: unknown): string {
  return `the list cannot be read: ${(error as Error).message}`
}
