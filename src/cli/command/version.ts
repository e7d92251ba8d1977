// SPDX-License-Identifier: Apache-2.0

import { release } from 'node:os'
import { type Command, Option } from 'commander'
import { Failure } from '../../base/failure.ts'
import { headOf } from '../../base/form.ts'
import { formatJson } from '../../base/format-json.ts'
import { Bpftool } from '../../bpf/bpftool/bpftool.ts'
import { layoutHash } from '../../datapath/layout.gen.ts'
import { hashOfPrograms } from '../../node/shipped-programs.ts'
import { OBJECT } from '../flag/target.ts'
import { documented } from '../help/help.ts'
import { answer } from '../output/streams.ts'
import { VERSION } from '../version.ts'

/** What `version -o json` prints. */
interface Versions {
  /** Of the specs that this build reads and writes, and of this object. */
  apiVersion: string
  kind: 'Version'
  version: string
  /** SHA-256 of the BPF programs that this build ships; null when they are not built. */
  programs: string | null
  /** Hash of the layout of the maps. */
  layout: string
  nodejs: string
  kernel: string
  /** null where none can be started. */
  bpftool: string | null
}

export function versionCommand(program: Command): void {
  const command = program
    .command('version')
    .summary('show the versions of this build and of what it runs on')
    .addOption(new Option('-o, --output <form>', 'the form of the answer').choices(['text', 'json']).default('text'))
    .action(run)
  documented(command, {
    examples: [
      ['balancing version', 'show what a bug report needs'],
      ['balancing version -o json', 'show the same as JSON'],
    ],
  })
}

async function run({ output }: { output: 'text' | 'json' }): Promise<void> {
  const versions: Versions = {
    ...headOf('Version'),
    version: VERSION,
    programs: programsHash(),
    layout: layoutHash,
    nodejs: process.versions.node,
    kernel: release(),
    bpftool: await bpftoolVersion(),
  }
  answer(output === 'json' ? `${formatJson(versions)}\n` : print(versions))
}

function programsHash(): string | null {
  try {
    return hashOfPrograms(OBJECT)
  } catch (error) {
    if (error instanceof Failure) return null
    throw error
  }
}

async function bpftoolVersion(): Promise<string | null> {
  const { output } = await new Bpftool().run('version')
  return (output as { version?: string } | undefined)?.version ?? null
}

function print({ version, apiVersion, programs, layout, nodejs, kernel, bpftool }: Versions): string {
  const rows = [
    ['balancing', version],
    ['spec', apiVersion],
    ['programs', programs?.slice(0, 12) ?? 'not built'],
    ['layout', layout],
    ['node.js', nodejs],
    ['kernel', kernel],
    ['bpftool', bpftool ?? 'none'],
  ] as const
  return rows.map(([name, value]) => `${name.padEnd(9)}  ${value}\n`).join('')
}
