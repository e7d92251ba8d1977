import type { ConfigMap } from '../image/image.ts'
import type { Step } from './plan.ts'

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** The lines of a `bpftool batch` file, one a step. `ids` are the kernel's ids of the maps. */
export function batchLines(steps: readonly Step[], ids: Readonly<Record<ConfigMap, number>>): string[] {
  return steps.map(({ map, op, key, value }) =>
    op === 'delete'
      ? `map delete id ${ids[map]} key hex ${hexBytes(key)}`
      : `map update id ${ids[map]} key hex ${hexBytes(key)} value hex ${hexBytes(value!)}`,
  )
}

/** Bytes as bpftool reads them: `0a 60 00 0a`. */
export function hexBytes(bytes: string): string {
  let text = HEX[bytes.charCodeAt(0)]!
  for (let i = 1; i < bytes.length; i++) text += ` ${HEX[bytes.charCodeAt(i)]}`
  return text
}
