// SPDX-License-Identifier: Apache-2.0
import { decodeText, encodeText } from '../line/text.ts'
import { isName } from '../name.ts'
import type { Node } from '../spec.ts'
import { readAddresses } from './addresses.ts'
import type { Lines } from './lines.ts'
import { NONE, readScalar, splitEntry } from './scalar.ts'

/** The nodes section; undefined when it is not as printYaml writes one that is valid. */
export function readCanonicalNodes(lines: Lines): Node[] | undefined {
  const nodes: Node[] = []
  if (lines.skip('nodes: {}')) return nodes
  if (!lines.skip('nodes:')) return undefined
  for (let line = lines.take('  '); line !== undefined; line = lines.take('  ')) {
    const node = readNode(line)
    const last = nodes.at(-1)
    if (!node || (last && last.name >= node.name)) return undefined
    nodes.push(node)
  }
  return nodes.length > 0 ? nodes : undefined
}

const FIELDS = /^\{(?:zone: ([^,{}[\]]+))?(, )?(?:addresses: (\[[^\]]+\]))?\}$/

function readNode(line: string): Node | undefined {
  const { key: name = '', value = '' } = splitEntry(line) ?? {}
  const match = FIELDS.exec(value)
  if (!match || !isName(name)) return undefined
  const [, zoneText, comma, listText] = match
  if ((comma !== undefined) !== (zoneText !== undefined && listText !== undefined)) return undefined
  const addresses = listText === undefined ? NONE : readAddresses(listText)
  if (!addresses) return undefined
  if (zoneText === undefined) return { name, addresses }
  const zone = readZone(zoneText)
  return zone === undefined ? undefined : { name, zone, addresses }
}

function readZone(text: string): string | undefined {
  const word = readScalar(text, true)
  const zone = word && decodeText(word)
  return zone && encodeText(zone) === word ? zone : undefined
}
