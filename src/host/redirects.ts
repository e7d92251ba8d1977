// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { runChild } from './child.ts'
import { nftablesObjects, readToolJson } from './tool-json.ts'

/** A network namespace with more rules than this is not read to its end. In characters of a listing. */
const MOST_OUTPUT = 4 * 2 ** 20

/** How long one listing may take. */
const TIMEOUT_MS = 3_000

/**
 * The chains in the network namespace of a process whose rules redirect packets to a port of the namespace itself (the target
 * REDIRECT); or why they cannot be listed. Reads only.
 */
export async function redirectingChains(pid: number): Promise<string[] | string> {
  const lists = [
    await list(pid, 'nft', ['-j', 'list', 'ruleset'], chainsOfNftables),
    ...(hasLegacyNat(pid, 'ip') ? [await list(pid, 'iptables-legacy-save', ['-t', 'nat'], chainsOfLegacy)] : []),
    ...(hasLegacyNat(pid, 'ip6') ? [await list(pid, 'ip6tables-legacy-save', ['-t', 'nat'], chainsOfLegacy)] : []),
  ]
  const chains = lists.flatMap(list => (typeof list === 'string' ? [] : list))
  return chains.length > 0 ? [...new Set(chains)] : (lists.find(list => typeof list === 'string') ?? [])
}

async function list(
  pid: number,
  tool: string,
  args: readonly string[],
  parse: (output: string) => string[] | string,
): Promise<string[] | string> {
  let output = ''
  const onOutput = (chunk: Buffer) => {
    if (output.length <= MOST_OUTPUT) output += chunk.toString('latin1')
  }
  const words = [`--net=/proc/${pid}/ns/net`, tool, ...args]
  const { stderr, exitCode, failure } = await runChild('nsenter', words, { onOutput, timeoutMs: TIMEOUT_MS })
  if (failure !== undefined) return failure
  if (exitCode !== 0) return `${tool} cannot list rules: ${stderr.trim().split('\n')[0]}`
  if (output.length > MOST_OUTPUT) return 'a network namespace has too many rules to read'
  return parse(output)
}

interface Rule {
  chain: string
  expr: Record<string, { name?: string } | null>[]
}

/** nft names the target REDIRECT of iptables-nft as `xt`, and its own as `redirect`. */
function chainsOfNftables(output: string): string[] | string {
  const redirects = ({ expr }: Rule) => expr.some(one => 'redirect' in one || one.xt?.name === 'REDIRECT')
  return readToolJson('nft', output, value =>
    nftablesObjects<{ rule: Rule }>(value).flatMap(({ rule }) => (rule && redirects(rule) ? [rule.chain] : [])),
  )
}

function chainsOfLegacy(output: string): string[] {
  return [...output.matchAll(/^-A (\S+) .*-j REDIRECT\b/gm)].map(([, chain]) => chain!)
}

/** The table is asked only when the kernel has it in that namespace already: asking would make it. */
function hasLegacyNat(pid: number, family: 'ip' | 'ip6'): boolean {
  try {
    return readFileSync(`/proc/${pid}/net/${family}_tables_names`, 'utf8').split('\n').includes('nat')
  } catch {
    return false // the process has ended, or this kernel has no iptables-legacy
  }
}
