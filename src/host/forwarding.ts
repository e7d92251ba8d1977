// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { runChild } from './child.ts'
import { nftablesObjects, readToolJson } from './tool-json.ts'

/** What the kernel says to `sysctl NAME`; undefined where it knows no such name. */
export function sysctl(...path: readonly string[]): string | undefined {
  try {
    return readFileSync(`/proc/sys/net/${path.join('/')}`, 'utf8').trim()
  } catch {
    return undefined
  }
}

/** A chain that packets which this node forwards pass, and that drops them by default. */
interface DroppingChain {
  family: string
  table: string
  chain: string
  /** Whether a rule of it may accept packets for pods: one that accepts anything beside bridges of Docker, or that asks a chain of a CNI. */
  accepts: boolean
}

/** Such chains of nftables and of iptables on top of it, or why they cannot be listed. Reads only. */
export async function droppingChains(): Promise<DroppingChain[] | string> {
  const chains = await list('chains')
  if (typeof chains === 'string') return chains
  const dropping = chains.flatMap(({ chain }) => (chain?.hook === 'forward' && chain.policy === 'drop' ? [chain] : []))
  return Promise.all(
    dropping.map(async ({ family, table, name }) => {
      const rules = await list('chain', family, table, name)
      const accepts = typeof rules === 'string' || rules.some(({ rule }) => rule !== undefined && mayAccept(rule))
      return { family, table, chain: name, accepts }
    }),
  )
}

/** The chains in which Calico, Flannel, Cilium, kube-router and the plugins of the CNI project accept what goes to pods. */
const OF_CNI = /"target":\s*"(cali-|FLANNEL-FWD|CILIUM_|KUBE-ROUTER|CNI-FORWARD)/

function mayAccept({ expr = [] }: Rule): boolean {
  const text = JSON.stringify(expr)
  return OF_CNI.test(text) || (text.includes('"accept"') && !/"(docker\d+|br-[0-9a-f]{12})"/.test(text))
}

interface Rule {
  expr?: unknown[]
}

interface Listed {
  chain?: { family: string; table: string; name: string; hook?: string; policy?: string }
  rule?: Rule
}

async function list(...words: string[]): Promise<Partial<Listed>[] | string> {
  const { stdout, stderr, exitCode, failure } = await runChild('nft', ['-j', 'list', ...words])
  if (failure !== undefined) return failure
  if (exitCode !== 0) return `nft cannot list ${words.join(' ')}: ${stderr.trim().split('\n')[0]}`
  return readToolJson('nft', stdout, nftablesObjects<Listed>)
}
