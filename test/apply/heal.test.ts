import { expect, test } from 'vitest'
import type { Generation } from '../../src/bpf/generation.ts'
import { destroyStaleSockets } from '../../src/node/destroy-stale-sockets.ts'
import type { OpenNode } from '../../src/node/open-node.ts'

test('whatever goes wrong with destroyed is told, and thrown at nobody: what was applied is in place', async () => {
  const broken = () => {
    throw new Error('no such luck')
  }
  const generation = { pins: { list: broken } } as unknown as Generation
  expect(await destroyStaleSockets({ target: {} } as OpenNode, generation, () => false)).toEqual({
    ended: 0,
    lost: ['connected UDP sockets do not hear that their backend is gone: no such luck'],
    left: [],
  })
})
