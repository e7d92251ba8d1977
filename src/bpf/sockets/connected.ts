// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type ConnectedSocket, parseConnected } from '../../datapath/connected.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import type { GenerationPins } from '../generation/pins.ts'
import { LISTS, type List } from '../generation/programs.ts'

/** The object of a list: it is shipped beside that of the programs. */
export function listObject(object: string, name: List): string {
  return join(dirname(object), `list_${name}.bpf.o`)
}

/** Are there lists to be read, as far as can be seen? */
export function hasLists(pins: GenerationPins): boolean {
  return LISTS.every(name => existsSync(pins.list(name)))
}

/**
 * The connected UDP sockets of all network namespaces that have a backend through the programs of a generation; or, as
 * text, why they cannot be listed. The lists stay pinned: reading them takes no process. `object` is that of the programs.
 */
export async function listConnected(
  bpf: Bpf,
  pins: GenerationPins,
  object: string,
): Promise<ConnectedSocket[] | string> {
  for (const name of LISTS.filter(name => !existsSync(pins.list(name)))) {
    const over = ['map', 'pinned', pins.map(name)]
    const { error } = await bpf.run('iter', 'pin', listObject(object, name), pins.list(name), ...over)
    if (error !== undefined) return error
  }
  try {
    // Socket storage is read twice: the kernel returns a long list in pieces and finds its place again by counting, so it
    // skips sockets when others close in between.
    const lists = (['socket_slots', 'socket_revnat', 'socket_revnat'] as const).map(name =>
      readFileSync(pins.list(name), 'latin1'),
    )
    return parseConnected(lists)
  } catch (error) {
    return `the list cannot be read: ${(error as Error).message}`
  }
}
