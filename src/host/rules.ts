// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { runChild } from './child.ts'
import { nftablesObjects, readToolJson } from './tool-json.ts'

/** Where packets meet rules in this network namespace: a chain, or a table as a whole. */
export interface RulePlace {
  /** `legacy` is iptables' older half of the kernel; `nftables` holds what iptables-nft writes, too. */
  backend: 'nftables' | 'legacy'
  /** As nft names it: `ip`, `ip6`, `inet`, … */
  family: string
  table: string
  /** Absent for a table. */
  chain?: string
}

/** Tables and chains, without their rules; and what cannot be listed, a sentence each. Reads only. */
export async function rulePlaces(): Promise<{ places: RulePlace[]; unknown: string[] }> {
  const lists = await Promise.all([nftables('tables'), nftables('chains'), legacy('ip'), legacy('ip6')])
  const unknown = lists.filter(list => typeof list === 'string')
  return { places: lists.filter(list => typeof list !== 'string').flat(), unknown: [...new Set(unknown)] }
}

async function nftables(what: 'tables' | 'chains'): Promise<RulePlace[] | string> {
  const { stdout, stderr, exitCode, failure } = await runChild('nft', ['-j', 'list', what])
  if (failure !== undefined) return failure
  if (exitCode !== 0) return `nft cannot list ${what}: ${stderr.trim().split('\n')[0]}`
  return readToolJson('nft', stdout, value => {
    const found = nftablesObjects<{ table: Listed; chain: Listed }>(value)
    return found.flatMap(({ table, chain }) => table ?? chain ?? []).map(placeOf[what])
  })
}

interface Listed {
  family: string
  table: string
  name: string
}

const placeOf: Record<'tables' | 'chains', (listed: Listed) => RulePlace> = {
  tables: ({ family, name }) => ({ backend: 'nftables', family, table: name }),
  chains: ({ family, table, name }) => ({ backend: 'nftables', family, table, chain: name }),
}

const LEGACY = { ip: 'iptables-legacy-save', ip6: 'ip6tables-legacy-save' } as const

/** The chains of the table nat. It is asked only when the kernel has it already: asking would make it. */
async function legacy(family: keyof typeof LEGACY): Promise<RulePlace[] | string> {
  if (!tablesOf(family).includes('nat')) return []
  const tool = LEGACY[family]
  const { stdout, stderr, exitCode, failure } = await runChild(tool, ['-t', 'nat'])
  if (failure !== undefined) return `the table nat of iptables-legacy is there, but ${failure}`
  if (exitCode !== 0) return `${tool} cannot list the table nat: ${stderr.trim().split('\n')[0]}`
  return [...stdout.matchAll(/^:(\S+)/gm)].map(([, chain]) => ({
    backend: 'legacy',
    family,
    table: 'nat',
    chain: chain!,
  }))
}

function tablesOf(family: keyof typeof LEGACY): string[] {
  try {
    return readFileSync(`/proc/net/${family}_tables_names`, 'utf8').split('\n')
  } catch {
    return [] // this kernel has no iptables-legacy
  }
}
