// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { STANDARD } from './topology.ts'
import type { World } from './world.ts'

/** Makes the host's sides of these pods' devices ports of a bridge, as CNIs with a bridge have them. */
export function bridgePods(world: World, node: string, bridge: string, names: readonly string[]): void {
  const pods = STANDARD.nodes.find(({ name }) => name === node)!.pods.filter(({ name }) => names.includes(name))
  const number = node.slice(1)
  const [gateway4, gateway6] = [`10.244.${number}.1`, `fd00:244:${number}::1`]
  batch(world, node, [
    // Of its own: what pods send to the bridge is for another station than their ports.
    `link add ${bridge} address 02:00:00:00:00:${number.padStart(2, '0')} type bridge`,
    `address add ${gateway4}/32 dev ${bridge}`,
    `address add ${gateway6}/128 dev ${bridge} nodad`,
    `link set ${bridge} up`,
    ...pods.flatMap(({ name, v4, v6 }) => [
      `address flush dev ${name}`,
      `link set ${name} master ${bridge} up`,
      `route replace ${v4} dev ${bridge}`,
      `route replace ${v6} dev ${bridge}`,
    ]),
  ])
  for (const pod of pods) {
    const others = [{ v4: gateway4, v6: gateway6 }, ...pods.filter(other => other !== pod)]
    batch(world, pod.name, [
      'route del default',
      '-6 route del default',
      ...others.flatMap(({ v4, v6 }) => [`route add ${v4} dev eth0`, `route add ${v6} dev eth0`]),
      `route add default via ${gateway4}`,
      `route add default via ${gateway6}`,
    ])
  }
}

function batch(world: World, party: string, commands: readonly string[]): void {
  for (const command of commands)
    execFileSync('ip', ['-n', world.netns(party), ...command.split(' ')], { stdio: 'pipe' })
}
