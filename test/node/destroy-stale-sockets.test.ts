import { expect, test } from 'vitest'
import type { Generation } from '../../src/bpf/generation/generation.ts'
import { destroyStaleSockets } from '../../src/node/destroy-stale-sockets.ts'
import type { LockedNode } from '../../src/node/lock-node.ts'

test('a failure to destroy sockets is part of the result, not thrown: the spec is applied by then', async () => {
  const broken = () => {
    throw new Error('no such luck')
  }
  const generation = { pins: { list: broken } } as unknown as Generation
  expect(await destroyStaleSockets({ target: {} } as LockedNode, generation, () => false)).toEqual({
    destroyed: 0,
    unable: ['no such luck'],
    remaining: [],
  })
})
