// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './child.ts'
import type { Scratch } from './scratch.ts'

const GENERATOR = fileURLToPath(new URL('generate-export.ts', import.meta.url))

/** The node that the generated cluster's specs are applied for. */
export const NODE = 'worker-0.example.net'

/** Writes a generated export into a file; returns its path. */
export async function writeExport(
  { files }: Scratch,
  services: number,
  endpoints: number,
  format: 'json' | 'yaml',
): Promise<string> {
  const path = join(files, `${services}x${endpoints}.${format}`)
  const command = [process.execPath, GENERATOR, services, endpoints, format].map(word => `'${word}'`).join(' ')
  await run('sh', ['-c', `${command} > '${path}'`])
  return path
}

/**
 * A rendered spec, the same with another address for one endpoint, and that with the address out of order, as a hand may
 * write it: no printed spec, so it is parsed in full.
 */
export interface Specs {
  spec: string
  changed: string
  unordered: string
}

export async function writeSpecs(scratch: Scratch, services: number, endpoints: number): Promise<Specs> {
  const from = await writeExport(scratch, services, endpoints, 'json')
  const spec = `${from}.spec`
  await run(scratch.balancing, ['render', '--from', from, '--out', spec])
  const text = readFileSync(spec, 'utf8')
  const withAddress = (name: string, address: string): string => {
    const other = text.replace(/^( *- )10\.128\.0\.0 /m, `$1${address} `)
    if (other === text) throw new Error(`${spec} holds no endpoint 10.128.0.0`)
    writeFileSync(`${spec}.${name}`, other)
    return `${spec}.${name}`
  }
  return {
    spec,
    changed: withAddress('changed', '10.127.255.255'),
    unordered: withAddress('unordered', '10.255.255.1'),
  }
}

/** A printed spec, and the same with one endpoint of every Service moved: a rollout of everything. */
export async function writeRollout(scratch: Scratch, services: number, endpoints: number): Promise<[string, string]> {
  const from = await writeExport(scratch, services, endpoints, 'json')
  const spec = `${from}.rolled`
  await run(scratch.balancing, ['render', '--from', from, '--out', spec])
  // The last of each list, so that the lists stay in order.
  const last = /^( *- 10\.)(\d+)(\..*)$(?!\n *- 10\.)/gm
  const text = readFileSync(spec, 'utf8')
  writeFileSync(
    `${spec}.out`,
    text.replace(last, (_, start, octet, rest) => `${start}${Number(octet) + 4}${rest}`),
  )
  return [spec, `${spec}.out`]
}
