// SPDX-License-Identifier: Apache-2.0
import { byText } from '../../base/sort.ts'
import type { SpecFile } from '../parse.ts'
import { printExposureYaml, printYaml } from '../print.ts'
import { revisionOf } from '../revision.ts'
import type { Service } from '../spec.ts'
import { INDEX_FILE, printIndex } from './index-file.ts'
import { sumOf } from './read.ts'

/** The file that has the nodes of the cluster. */
const NODES_FILE = 'nodes.yaml'

/**
 * A spec as a directory: file name → text. One file has the nodes, one each namespace, and the index comes last. Equal
 * specs make equal files, and a change of one namespace changes its file and the index alone.
 */
export function splitSpec({ spec, isExposure }: SpecFile): Map<string, string> {
  const print = isExposure ? printExposureYaml : printYaml
  const files = new Map([[NODES_FILE, print({ nodes: spec.nodes, services: [] })]])
  for (const [namespace, services] of Map.groupBy(spec.services, (service: Service) => service.namespace))
    files.set(`namespace-${namespace}.yaml`, print({ nodes: [], services }))
  const sums = [...files].map(([name, text]) => [name, sumOf(text)] as const).sort(([a], [b]) => byText(a, b))
  return files.set(INDEX_FILE, printIndex({ revision: revisionOf(spec), files: new Map(sums) }))
}
