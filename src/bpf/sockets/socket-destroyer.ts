// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { encode } from '../../datapath/codec.ts'
import type { ConnectedSocket } from '../../datapath/connected.ts'
import { hexBytes } from '../../plan/batch.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import type { GenerationPins } from '../generation/pins.ts'
import { DESTROYER } from '../generation/programs.ts'
import { runInNamespace } from './run-in-namespace.ts'

/** The object of the destroyer: it is shipped beside that of the programs. */
export function destroyerObject(object: string): string {
  return join(dirname(object), `${DESTROYER}.bpf.o`)
}

/**
 * A loaded iterator (bpf/destroy_sockets.bpf.c) that destroys a set of sockets, those of one network namespace each time it is
 * read. It is an open file that no pin leads to, so it goes with this process.
 */
export class SocketDestroyer {
  readonly #fd: number

  private constructor(fd: number) {
    this.#fd = fd
  }

  /**
   * Loads the iterator and gives it the sockets, of whatever namespaces; or says why it cannot, as on kernels before 6.5.
   * Its pin is there only meanwhile.
   */
  static async load(
    bpf: Bpf,
    pins: GenerationPins,
    object: string,
    sockets: readonly ConnectedSocket[],
  ): Promise<SocketDestroyer | string> {
    const pin = pins.destroyer
    // A killed apply may have left one.
    rmSync(pin, { force: true })
    try {
      const { error } = await bpf.run('iter', 'pin', destroyerObject(object), pin)
      if (error !== undefined) return error
      const set = await setOf(bpf, pin)
      if (set === undefined) return 'bpftool does not say which map the iterator uses'
      const failed = await bpf.write(sockets.map(socket => updateLine(set, socket)).join(''))
      return failed?.message ?? new SocketDestroyer(openSync(pin, 'r'))
    } catch (error) {
      return (error as Error).message
    } finally {
      rmSync(pin, { force: true })
    }
  }

  /** Destroys those in the network namespace that an open file is. The kernel takes the namespace of the process that opens the iterator. */
  destroyIn(namespace: number): Promise<string | undefined> {
    return runInNamespace(namespace, ['cat', '/proc/self/fd/3'], this.#fd)
  }

  close(): void {
    closeSync(this.#fd)
  }
}

/** The id of the map that a pinned iterator uses: bpftool loads an iterator with a map of its own. */
async function setOf(bpf: Bpf, pin: string): Promise<number | undefined> {
  const [link] = await bpf.show([`link show pinned ${pin}`])
  const [program] = await bpf.show([`prog show id ${(link as { prog_id?: number } | undefined)?.prog_id}`])
  return (program as { map_ids?: number[] } | undefined)?.map_ids?.[0]
}

function updateLine(set: number, { socket, backend, backend_port }: ConnectedSocket): string {
  const key = encode('datagram_key', { socket, backend, backend_port })
  return `map update id ${set} key hex ${hexBytes(key)} value hex 00\n`
}
