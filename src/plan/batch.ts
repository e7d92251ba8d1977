// SPDX-License-Identifier: Apache-2.0
import type { ConfigMap } from '../datapath/image.ts'
import type { Step } from './plan.ts'

const SPACE = 32
const LINE_BREAK = 10
const DIGITS = Buffer.from('0123456789abcdef')

/** The text of a `bpftool batch` file, one line a step. `refs` say how bpftool finds each map: `pinned PATH` or `id 12`. */
export function batchText(steps: readonly Step[], refs: Readonly<Record<ConfigMap, string>>): Buffer {
  const heads = new Map<string, Buffer>()
  const headOf = ({ op, map }: Step): Buffer => {
    const name = `${op} ${map}`
    const head = heads.get(name) ?? Buffer.from(`map ${op} ${refs[map]} key hex`)
    heads.set(name, head)
    return head
  }
  let size = 0
  for (const step of steps)
    size += headOf(step).length + 3 * step.key.length + VALUE.length + 3 * (step.value?.length ?? 0) + 1
  const text = Buffer.allocUnsafe(size)
  let at = 0
  for (const step of steps) {
    at += headOf(step).copy(text, at)
    at = writeHex(step.key, text, at)
    if (step.value !== undefined) {
      at += VALUE.copy(text, at)
      at = writeHex(step.value, text, at)
    }
    text[at++] = LINE_BREAK
  }
  return text.subarray(0, at)
}

const VALUE = Buffer.from(' value hex')

/** Writes ` 0a 60 00`; returns where it ends. */
function writeHex(bytes: string, text: Buffer, start: number): number {
  let at = start
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes.charCodeAt(i)
    text[at] = SPACE
    text[at + 1] = DIGITS[byte >> 4]!
    text[at + 2] = DIGITS[byte & 15]!
    at += 3
  }
  return at
}

/** Bytes as bpftool reads them: `0a 60 00 0a`. */
export function hexBytes(bytes: string): string {
  const text = Buffer.allocUnsafe(3 * bytes.length)
  writeHex(bytes, text, 0)
  return text.toString('latin1', 1)
}
