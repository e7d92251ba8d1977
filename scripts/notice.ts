// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What a bundle must say of the packages in it: their names, versions and licences, with the text of each licence file.
 * `inputs` are the paths of the files in the bundle, as esbuild's metafile has them. A package without a licence throws.
 */
export function noticeOf(inputs: readonly string[]): string {
  const folders = new Set(inputs.flatMap(path => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))
  const packages = [...folders].map(readPackage).sort((a, b) => (a.title < b.title ? -1 : 1))
  const parts = packages.map(({ title, license, texts }) => [`${title} (${license})`, ...texts].join('\n\n'))
  return [HEAD, ...parts].join(`\n\n${'-'.repeat(80)}\n\n`) + '\n'
}

const HEAD = `balancing
Apache-2.0; the BPF programs are GPL-2.0-only: see LICENSE and LICENSES/.

The command contains these packages, under their own licences.`

function readPackage(folder: string) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  if (typeof license !== 'string') throw new Error(`${folder}/package.json names no licence`)
  const files = readdirSync(folder).filter(file => /^(licen[cs]e|notice|copying)/i.test(file))
  const texts = files.sort().map(file => readFileSync(join(folder, file), 'utf8').trim())
  return { title: `${name} ${version}`, license, texts }
}
