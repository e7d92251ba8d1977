// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Generation } from '../../src/bpf/generation/generation.ts'
import { remarksOn } from '../../src/cli/output/outcome-text.ts'
import { encode } from '../../src/datapath/codec.ts'
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

test('a socket that only the second list has is attempted too, and no more sockets are counted than were destroyed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-lists-'))
  const listed = (...sockets: bigint[]) => sockets.map(listedSocket).join('')
  // No namespace has this number, so nothing is destroyed.
  const lists = [listed(1n), listed(1n, 2n), listed(1n, 2n)]
  const put = () => {
    const text = lists.shift() ?? expect.unreachable('a fourth list')
    for (const name of ['socket_slots', 'socket_revnat']) writeFileSync(join(folder, name), text, 'latin1')
  }
  put()
  let asked = 0
  const isStale = () => {
    // The list was read: the next one is another.
    if (asked++ === 0 || asked === 3) put()
    return true
  }
  const generation = { pins: { list: (name: string) => join(folder, name) } } as unknown as Generation
  try {
    const { destroyed, remaining } = await destroyStaleSockets({ target: {} } as LockedNode, generation, isStale)
    expect({ destroyed, sockets: remaining.map(({ sockets }) => sockets) }).toEqual({ destroyed: 0, sockets: [2] })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('when sockets cannot be listed again, how many were destroyed is unknown', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-lists-'))
  for (const name of ['socket_slots', 'socket_revnat']) writeFileSync(join(folder, name), listedSocket(1n), 'latin1')
  const isStale = () => {
    for (const name of ['socket_slots', 'socket_revnat']) {
      rmSync(join(folder, name), { force: true })
      mkdirSync(join(folder, name), { recursive: true }) // which cannot be read
    }
    return true
  }
  const generation = { pins: { list: (name: string) => join(folder, name) } } as unknown as Generation
  try {
    const sockets = await destroyStaleSockets({ target: {} } as LockedNode, generation, isStale)
    expect(sockets).toEqual({
      destroyed: null,
      unable: [expect.stringContaining('the list cannot be read')],
      remaining: [],
    })
    expect(remarksOn(sockets)).toEqual([
      expect.stringMatching(/^warning: it is unknown how many .*: the list cannot be read/),
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

function listedSocket(socket: bigint): string {
  return encode('connected_socket', {
    socket,
    source: '10.0.0.1',
    original: '10.96.0.10',
    backend: '10.0.0.2',
    source_port: 40_000,
    original_port: 53,
    backend_port: 53,
    netns: 1,
  })
}
