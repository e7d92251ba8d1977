// SPDX-License-Identifier: Apache-2.0
import { run } from './child.ts'
import { iptablesScripts } from './kube-proxy-iptables.ts'
import { nftScripts } from './kube-proxy-nft.ts'
import type { Size } from './many-services.ts'
import { makePath, type Path, shortenMemory } from './path.ts'
import type { Scratch } from './scratch.ts'

/**
 * Ways to have kube-proxy's rules: the command that loads a script, and the scripts. nftables needs time that grows with the
 * square of a transaction; iptables-legacy reads and writes all rules each time.
 */
const MODES = {
  nft: { command: ['nft', '-f', '-'], scripts: (size: Size) => nftScripts(size, 500) },
  'iptables-nft': {
    command: ['iptables-nft-restore', '--noflush'],
    scripts: (size: Size) => iptablesScripts(size, 200),
  },
  'iptables-legacy': {
    command: ['iptables-legacy-restore', '--noflush'],
    scripts: (size: Size) => iptablesScripts(size, size.services),
  },
} as const
export type Mode = keyof typeof MODES
export const KUBE_PROXY_MODES = Object.keys(MODES) as Mode[]

/** A path whose node has the rules that kube-proxy would make of these Services. */
export async function makeKubeProxyPath(scratch: Scratch, mode: Mode, size: Size): Promise<Path> {
  const path = await makePath(scratch, `${mode}-${size.services}-${size.protocol}`)
  const { command, scripts } = MODES[mode]
  for (const script of scripts(size)) await run('nsenter', [`--net=/run/netns/${path.node}`, ...command], script)
  await shortenMemory(path)
  return path
}
