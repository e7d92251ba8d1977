// SPDX-License-Identifier: Apache-2.0
const COMMAND = Buffer.from('{"command":[')
const TAIL_BYTES = 8192

/**
 * Follows what `bpftool -j batch` prints: an echo of every line, megabytes of it, of which only the number of lines
 * and the error of the last one matter. Takes it piece by piece and keeps only the end.
 */
export class BatchOutput {
  /** How many lines were started. */
  commands = 0
  #tail = Buffer.alloc(0)

  take(chunk: Buffer): void {
    // A mark may be split between two pieces: the last bytes of the one before, too few for a whole mark, go first.
    const seam = this.#tail.subarray(Math.max(0, this.#tail.length - COMMAND.length + 1))
    const text = Buffer.concat([seam, chunk])
    for (let at = text.indexOf(COMMAND); at >= 0; at = text.indexOf(COMMAND, at + COMMAND.length)) this.commands++
    this.#tail = Buffer.concat([this.#tail, chunk]).subarray(-TAIL_BYTES)
  }

  /** What bpftool says of the line that failed. */
  get error(): string | undefined {
    const match = /"error":("(?:[^"\\]|\\.)*")[^"]*$/.exec(this.#tail.toString())
    return match ? (JSON.parse(match[1]!) as string) : undefined
  }
}
