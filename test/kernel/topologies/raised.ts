// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { printYaml } from '../../../src/spec/print.ts'
import { inside, type Ran, run } from '../balancing.ts'
import { routeServices } from '../edge-world.ts'
import { buildWorld, type World } from '../world.ts'
import { networkOf } from './network.ts'
import { specOf } from './services.ts'
import type { Shape } from './shape.ts'

/** The world of a shape, and its node n1. */
export interface Raised {
  world: World
  /** Runs a command in the network namespace of n1, or of another party. */
  onNode(...command: string[]): string
  on(party: string, ...command: string[]): string
  /** Runs balancing on n1. */
  balancing(args: readonly string[], input?: string): Promise<Ran>
  /** Applies the Services; the facts of the node choose the edges. */
  apply(): Promise<Ran>
  close(): Promise<void>
}

/** Builds the world of a shape. Its node filters by reverse path as strictly as it can. */
export async function raise(shape: Shape): Promise<Raised> {
  const world = await buildWorld(networkOf(shape))
  const beside = await shape.start?.(world)
  const on = (party: string, ...command: string[]) =>
    execFileSync('nsenter', [`--net=/run/netns/${world.netns(party)}`, ...command], { encoding: 'utf8' })
  const balancing = (args: readonly string[], input = '') =>
    run([...args, ...inside(world)], { netns: world.netns('n1'), input })
  routeServices(world, 'x1', 'n1')
  const strict = shape.isAsymmetric ? 2 : 1
  on('n1', 'sh', '-c', `for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo ${strict} > $f; done`)
  return {
    world,
    on,
    onNode: (...command) => on('n1', ...command),
    balancing,
    apply: () => balancing(['apply', '-f', '-', '--node', 'n1', '--device', 'auto'], printYaml(specOf())),
    async close() {
      beside?.end()
      await world.close()
    },
  }
}
