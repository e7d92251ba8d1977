// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { NO_EDGES } from '../../src/compile/edges.ts'
import { requireImage, requireImageInTurns } from '../../src/node/compile-for.ts'
import type { Service, Spec } from '../../src/spec/spec.ts'
import { service, specWith } from '../kernel/specs.ts'

/** So many Services take some ten turns. */
const spec: Spec = specWith(
  ...Array.from(
    { length: 4000 },
    (_, i): Service => ({ ...service(1, 'p12'), name: `s${i}`, clusterIPs: [`10.97.${i >> 8}.${i & 255}`] }),
  ),
)

test('an image that is compiled in turns is the same, and other events get theirs meanwhile', async () => {
  let isDone = false
  let turns = 0
  const turn = () => {
    turns++
    if (!isDone) setImmediate(turn)
  }
  setImmediate(turn)
  const { image } = await requireImageInTurns(spec, 'n1', NO_EDGES)
  isDone = true
  expect(turns).toBeGreaterThan(2)
  expect(image).toEqual(requireImage(spec, 'n1').image)
})

test('a node that the spec does not have is refused', async () => {
  await expect(requireImageInTurns(spec, 'n9', NO_EDGES)).rejects.toMatchObject({ exitCode: 3 })
})
