// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeImage } from '../../src/compile/compile.ts'
import { printFrontendsJson } from '../../src/compile/print.ts'
import { viewpointName } from '../../src/compile/viewpoint.ts'
import { CONFIG_MAPS, type Image } from '../../src/datapath/image.ts'
import { layoutHash } from '../../src/datapath/layout.gen.ts'
import { specHash } from '../../src/spec/revision.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { compileAt } from '../build/compile.ts'

/** What a spec meant to the release that it is kept of. */
export interface Meaning {
  /** The hash of the whole spec: what 0.1.0 calls a revision, and compares histories by. */
  revision: string
  /** Of the image: entries of another layout are other bytes. */
  layout: string
  hosts: Record<string, HostMeaning>
}

/** SHA-256, in hex: of all entries, and of the frontends that `compile -o json` prints (compare those with the release's). */
interface HostMeaning {
  image: string
  frontends: string
}

const FOLDER = 'test/corpus'
const MOST_NODES = 2

/** The first nodes of a spec and a host outside the cluster. */
export function meaningOf(spec: Spec): Meaning {
  const nodes = spec.nodes.slice(0, MOST_NODES).map(node => compileAt(spec, node.name))
  const revision = specHash(spec)
  const hosts = [...nodes, compileAt(spec, null)].map(
    host =>
      [
        viewpointName(host.viewpoint),
        { image: digestOf(host.image), frontends: hash('sha256', rowsOf(host, revision)) },
      ] as const,
  )
  return { revision, layout: layoutHash, hosts: Object.fromEntries(hosts) }
}

function rowsOf({ viewpoint, frontends }: NodeImage, revision: string): string {
  return JSON.stringify(
    JSON.parse([...printFrontendsJson(viewpointName(viewpoint), revision, frontends)].join('')).frontends,
  )
}

function digestOf(image: Image): string {
  const entries = CONFIG_MAPS.flatMap(map => [...image[map]].map(([key, value]) => [map, key, value].join('\n')))
  return hash('sha256', Buffer.from(entries.sort().join('\n'), 'latin1'))
}

/** The names of the kept specs, as `RELEASE/FILE`. */
export function keptSpecs(): string[] {
  const releases = readdirSync(FOLDER, { withFileTypes: true }).filter(entry => entry.isDirectory())
  return releases.flatMap(({ name }) =>
    readdirSync(join(FOLDER, name))
      .filter(file => existsSync(meaningFile(`${name}/${file}`)))
      .map(file => `${name}/${file}`),
  )
}

export function specFile(name: string): string {
  return join(FOLDER, name)
}

export function meaningFile(name: string): string {
  return `${specFile(name)}.means.json`
}

export function readMeaning(name: string): Meaning {
  return JSON.parse(readFileSync(meaningFile(name), 'utf8'))
}
