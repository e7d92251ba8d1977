// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Bpf } from '../../src/bpf/bpftool/bpf.ts'
import type { Generation } from '../../src/bpf/generation/generation.ts'
import { remarksOn } from '../../src/cli/output/outcome-text.ts'
import { encode } from '../../src/datapath/codec.ts'
import type { ConnectedSocket } from '../../src/datapath/connected.ts'
import { destroyStaleSockets } from '../../src/node/destroy-stale-sockets.ts'
import type { LockedNode } from '../../src/node/lock-node.ts'

/** A bpftool that can load nothing. */
const bpf = { run: async () => ({ error: 'no' }) } as unknown as Bpf
const node = { bpf, target: { object: '/o' }, release: async () => {} } as unknown as LockedNode

test('a failure to destroy sockets is part of the result, not thrown: the spec is applied by then', async () => {
  const broken = () => {
    throw new Error('no such luck')
  }
  const generation = { pins: { list: broken } } as unknown as Generation
  expect(await destroyStaleSockets(node, generation, () => false)).toEqual({
    destroyed: 0,
    unable: ['no such luck'],
    remaining: [],
  })
})

test("a socket that only a later list has is not attempted: it may be another apply's", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-lists-'))
  const put = (...sockets: bigint[]) => {
    for (const name of ['socket_slots', 'socket_revnat'])
      writeFileSync(join(folder, name), sockets.map(listedSocket).join(''), 'latin1')
  }
  put(1n)
  const judged: bigint[] = []
  const isStale = ({ socket }: ConnectedSocket) => {
    // The list was read: the next one is another.
    put(1n, 2n)
    judged.push(socket)
    return true
  }
  const pins = { list: (name: string) => join(folder, name), destroyer: join(folder, 'destroyer') }
  try {
    // No namespace has the number of these sockets, so nothing is destroyed.
    const { destroyed, remaining } = await destroyStaleSockets(node, { pins } as unknown as Generation, isStale)
    expect({ destroyed, sockets: remaining.map(({ sockets }) => sockets) }).toEqual({ destroyed: 0, sockets: [1] })
    expect(judged).toEqual([1n])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('when sockets cannot be listed again, how many were destroyed is unknown', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-lists-'))
  for (const name of ['socket_slots', 'socket_revnat']) writeFileSync(join(folder, name), listedSocket(1n), 'latin1')
  const isStale = () => {
    // No file of this size can be read.
    for (const name of ['socket_slots', 'socket_revnat']) truncateSync(join(folder, name), 2 ** 33)
    return true
  }
  const pins = { list: (name: string) => join(folder, name), destroyer: join(folder, 'destroyer') }
  try {
    const sockets = await destroyStaleSockets(node, { pins } as unknown as Generation, isStale)
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

test('what a destroyer leaves is tried by ss, also when it has destroyed nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-lists-'))
  const here = statSync('/proc/self/ns/net').ino
  for (const name of ['socket_slots', 'socket_revnat'])
    writeFileSync(join(folder, name), listedSocket(1n, here), 'latin1')
  writeFileSync(join(folder, 'nsenter'), `#!/bin/sh\nshift\necho "$1" >> ${folder}/log\n`, { mode: 0o755 })
  // A destroyer that loads, and is a file in which nothing happens.
  const destroyer = join(folder, 'destroyer')
  const loading = {
    run: async () => {
      writeFileSync(destroyer, '')
      return {}
    },
    show: async () => [{ prog_id: 1, map_ids: [2] }],
    write: async () => undefined,
  }
  const pins = { list: (name: string) => join(folder, name), destroyer }
  const path = process.env.PATH
  process.env.PATH = `${folder}:${path}`
  try {
    const loaded = { ...node, bpf: loading } as unknown as LockedNode
    const { destroyed, remaining } = await destroyStaleSockets(loaded, { pins } as unknown as Generation, () => true)
    expect([destroyed, remaining.length]).toEqual([0, 1])
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('cat\nss\n')
  } finally {
    process.env.PATH = path
    rmSync(folder, { recursive: true })
  }
})

function listedSocket(socket: bigint, netns = 1): string {
  return encode('connected_socket', {
    socket,
    source: '10.0.0.1',
    original: '10.96.0.10',
    backend: '10.0.0.2',
    source_port: 40_000,
    original_port: 53,
    backend_port: 53,
    netns,
  })
}
