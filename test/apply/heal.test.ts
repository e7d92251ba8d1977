import { expect, test } from 'vitest'
import { heal } from '../../src/apply/heal.ts'
import type { OpenNode } from '../../src/apply/node.ts'
import type { Generation } from '../../src/kernel/generation.ts'

test('whatever goes wrong with healing is told, and thrown at nobody: what was applied is in place', async () => {
  const broken = () => {
    throw new Error('no such luck')
  }
  const generation = { pins: { list: broken } } as unknown as Generation
  expect(await heal({ target: {} } as OpenNode, generation, () => false)).toEqual({
    ended: 0,
    lost: ['connected UDP sockets do not hear that their backend is gone: no such luck'],
    left: [],
  })
})
