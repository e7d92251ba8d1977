// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Image } from '../../src/datapath/image.ts'
import { frontendKey } from '../../src/datapath/keys.ts'
import { enums } from '../../src/datapath/layout.gen.ts'
import { makeSlowObject } from './builds.ts'
import { type HandMadeFrontend, handMade } from './hand-made.ts'
import { loadPrograms, updateLine, writeImage } from './programs.ts'
import { type Client, type Count, startRush } from './rush.ts'
import { SOAK } from './scale.ts'
import { countClaims } from './slots.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const RUN_MS = SOAK ? 120_000 : 6000
const VIPS = ['10.96.0.1', '10.96.0.2', '10.96.0.3', '10.96.0.4'] as const
/** Each VIP has backends of its own, and two lists of them that take turns. */
const LISTS: Record<(typeof VIPS)[number], [string[], string[]]> = {
  '10.96.0.1': [['p11:8080'], ['p12:8080', 'p13:8080']],
  '10.96.0.2': [['p21:8080', 'p22:8080'], ['p23:8080']],
  '10.96.0.3': [['p31:8080'], ['p32:8080', 'p31:8080', 'p33:8080']],
  '10.96.0.4': [['p14:8080', 'p24:8080', 'p34:8080'], ['p14:8080']],
}
const MODES = ['udp', 'sendto', 'tcp'] as const
const { ADDRESS_CLUSTER_IP } = enums.address_flags

function frontends(turn: 0 | 1): HandMadeFrontend[] {
  return VIPS.flatMap(address =>
    (['TCP', 'UDP'] as const).map(protocol => ({ address, port: 80, protocol, backends: LISTS[address][turn] })),
  )
}

/**
 * Memory of map elements is used again at once, and readers may be delayed for as long as an interrupt takes. So the programs
 * are built with waits in their readers, while a writer replaces every frontend as fast as it can.
 */
describeKernel('readers that are slow', () => {
  let world: World
  let folder: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-slow-'))
    loadPrograms(world, 1024, makeSlowObject(folder))
    writeImage(world, imageOf(0))
  })
  afterAll(async () => {
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it(
    'never get a backend of another frontend, and sockets that share slots show what they dialled',
    async () => {
      const clients = VIPS.flatMap(address => MODES.map((mode): Client => ({ family: 4, mode, address, port: 80 })))
      const writer = startWriter(world)
      const rush = startRush(world, 'p11', clients)
      await sleep(RUN_MS)
      const counts = await rush.stop()
      writer.kill('SIGKILL')
      expect(counts.flatMap((count, i) => problems(clients[i]!, count))).toEqual([])
      expect(counts.every(({ identities }) => Object.values(identities).reduce((a, b) => a + b, 0) > 100)).toBe(true)
      expect(countClaims(world)).toBe(0)
    },
    RUN_MS + 30_000,
  )
})

function imageOf(turn: 0 | 1): Image {
  return handMade(
    frontends(turn),
    VIPS.map(vip => [vip, ADDRESS_CLUSTER_IP] as const),
  )
}

/** Replaces the frontends of both lists in turns, in one process, until it is killed. */
function startWriter(world: World): ChildProcess {
  const child = spawn('bpftool', ['batch', 'file', '-'], { stdio: ['pipe', 'ignore', 'inherit'] })
  const keys = VIPS.flatMap(vip => [6, 17].map(protocol => frontendKey(vip, 80, protocol)))
  const images = [imageOf(1), imageOf(0)]
  const lines = images.flatMap(image => keys.map(key => updateLine(world, 'frontends', key, image.frontends.get(key)!)))
  const text = `${Array.from({ length: 500 }, () => lines.join('\n')).join('\n')}\n`
  const feed = () => {
    while (child.stdin!.writable && child.stdin!.write(text));
  }
  child.stdin!.on('drain', feed).on('error', () => {})
  feed()
  return child
}

/** What a client met that it must not. A reader that meets an unfinished element three times over fails its call. */
function problems({ mode, address, port }: Client, { identities, errors, peers }: Count): string[] {
  const [one, other] = LISTS[address as (typeof VIPS)[number]]
  const wrong = Object.keys(identities).filter(name => !one.includes(name) && !other.includes(name))
  const failed = Object.keys(errors).filter(errno => errno !== 'EHOSTUNREACH')
  const shown = Object.keys(peers).filter(peer => peer !== `${address}:${port}`)
  return [...wrong, ...failed, ...shown].map(what => `${mode} to ${address}: ${what}`)
}
