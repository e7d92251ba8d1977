// SPDX-License-Identifier: Apache-2.0

import { formatHostPort } from '../../base/address.ts'
import { piecesOf } from '../../base/pieces.ts'
import type { ConnectedSocket } from '../../datapath/connected.ts'

/** What names a connected socket in its network namespace. */
export type Ends = Pick<ConnectedSocket, 'source' | 'source_port' | 'backend' | 'backend_port'>

/** Sockets with one source address and one backend, at every source port from `first` to `last`. */
interface Span {
  source: string
  backend: string
  first: number
  last: number
}

/** Spans that one filter names. The kernel checks a filter in a time that grows with the square of its length. */
const MOST_SPANS = 400

/**
 * Filters for ss, as words of its command line, that together name these sockets by both their ends, and no others: not one port is in
 * a span without a socket of the list. Each filter is a search tree over source ports, so that it takes a socket few steps.
 */
export function filtersFor(sockets: readonly Ends[]): string[][] {
  return [...piecesOf(spansOf(sockets), MOST_SPANS)].map(treeOf)
}

/** By first port. */
function spansOf(sockets: readonly Ends[]): Span[] {
  const pairs = Map.groupBy(sockets, s => `${s.source} ${formatHostPort(s.backend, s.backend_port)}`)
  const spans: Span[] = []
  for (const [pair, members] of pairs) {
    const [source, backend] = pair.split(' ') as [string, string]
    const ports = [...new Set(members.map(s => s.source_port))].sort((a, b) => a - b)
    let span: Span | undefined
    for (const port of ports) {
      if (span?.last === port - 1) {
        span.last = port
        continue
      }
      span = { source, backend, first: port, last: port }
      spans.push(span)
    }
  }
  return spans.sort((a, b) => a.first - b.first || a.last - b.last)
}

/** So few spans are tried one after the other. */
const LEAF = 4

function treeOf(spans: readonly Span[]): string[] {
  const middle = spans[spans.length >> 1]!.first
  const [before, after] = [spans.filter(s => s.last < middle), spans.filter(s => s.first >= middle)]
  const across = spans.filter(s => s.first < middle && s.last >= middle)
  if (spans.length <= LEAF || before.length === 0) return anyOf(spans.map(wordsOf))
  const branches = [
    ['sport', 'lt', `:${middle}`, 'and', ...treeOf(before)],
    ['sport', 'ge', `:${middle}`, 'and', ...treeOf(after)],
  ]
  return anyOf([...branches, ...across.map(wordsOf)])
}

function wordsOf({ source, backend, first, last }: Span): string[] {
  if (first === last) return ['src', formatHostPort(source, first), 'and', 'dst', backend]
  return [
    'src',
    bracketed(source),
    'and',
    'dst',
    backend,
    'and',
    'sport',
    'ge',
    `:${first}`,
    'and',
    'sport',
    'le',
    `:${last}`,
  ]
}

/** ss takes what is behind the last colon for a port. */
function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

function anyOf(conditions: readonly string[][]): string[] {
  return ['(', ...conditions.flatMap((words, i) => [...(i > 0 ? ['or'] : []), '(', ...words, ')']), ')']
}
