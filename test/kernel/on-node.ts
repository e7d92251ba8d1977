// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { mountOf } from './capable.ts'
import type { World } from './world.ts'

/**
 * The environment of a shell in which `balancing` and `bpftool` run on n1 of a world, at their default places and for node-a1: see bin/on-node. What a
 * real node keeps in /var/lib is kept in a folder of `folder`.
 */
export function onNode(world: World, folder: string): Record<string, string> {
  const lib = join(folder, '.lib')
  mkdirSync(lib, { recursive: true })
  return {
    PATH: `${join(import.meta.dirname, 'bin')}:${process.env.PATH}`,
    WORLD_NETNS: world.netns('n1'),
    WORLD_MOUNT: mountOf('cgroup2')!,
    WORLD_CGROUP: world.cgroup,
    WORLD_PINS: world.pins,
    WORLD_LIB: lib,
  }
}
