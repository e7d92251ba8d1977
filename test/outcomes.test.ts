// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest'
import { familyOf } from '../src/base/address.ts'
import type { NodeImage } from '../src/compile/compile.ts'
import type { Frontend } from '../src/compile/frontend.ts'
import type { Backend } from '../src/datapath/backend.ts'
import type { Dial, LookupVerdict } from '../src/datapath/dial.ts'
import { lookup } from '../src/datapath/lookup.ts'
import { compileAt } from './build/compile.ts'
import { agrees, type Expected, nameOfAddress, type Outcome, Reading, readOutcomes, recordedSpec } from './outcomes.ts'

const spec = recordedSpec()
const n1 = compileAt(spec, 'n1')
const n2 = compileAt(spec, 'n2')
const rows = readOutcomes()
const reading = new Reading(rows, spec)
const title = (row: Outcome) => `${row.service} ${row.kind} ${row.addr} ${row.port}/${row.mode}`
const names = (backends: readonly Backend[]) => backends.map(b => `${nameOfAddress(b.address)}:${b.port}`)
const protocolOf = (row: Outcome) => (row.mode === 'tcp' ? 'TCP' : 'UDP')

test('there are 838 recorded rows, some of them with source ranges', () => {
  expect(rows.length).toBe(838)
  expect(rows.filter(row => reading.hasRanges(row)).length).toBe(13)
})

/** A pod of n1, and a process of n1 itself, which shows the node's address to a VIP. */
const CLIENTS = {
  p11: (address: string) => ({ source: familyOf(address) === 4 ? '10.244.1.11' : 'fd00:244:1::11' }),
  n1: () => ({ isInHostNetns: true }),
}

describe.each(['p11', 'n1'] as const)('the twin meets what sockets of %s met under kube-proxy', from => {
  test.each(rows.map(row => [title(row), row] as const))('%s', (_, row) => {
    const client = CLIENTS[from](row.addr)
    const dial: Dial = { address: row.addr, port: row.port, protocol: protocolOf(row), client }
    const verdict = lookup(n1.image, dial)
    const expected = reading.expected(row, from)
    if (expected === 'dropped') return expect(verdict).toEqual({ kind: 'drop' })
    if (expected === 'untouched' || expected === 'left to n2') return expect(verdict).toEqual({ kind: 'pass' })
    if ('errno' in expected) return expect(verdict).toEqual({ kind: 'refuse', errno: expected.errno })
    expect(verdict.kind).toBe('forward')
    if (verdict.kind === 'forward')
      expect(agrees(names(verdict.backends), expected), names(verdict.backends).join()).toBe(true)
  })
})

describe('compile says for clients elsewhere what x1 met through n1, and n2 at its own node ports', () => {
  const outside = rows.filter(
    row => !reading.hasRanges(row) && row.kind !== 'unknownPort' && reading.expected(row, 'p11') !== 'untouched',
  )
  test.each(outside.map(row => [title(row), row] as const))('%s', (_, row) => {
    const { external } = frontendOf(row.kind === 'nodePort@n2' ? n2 : n1, row)
    expectVerdict(external, reading.met(row, row.x1))
  })
})

describe('a host outside serves itself what x1 met through the nodes, but for hints and for a node of its own', () => {
  const { image } = compileAt(spec, null)
  const served = rows.filter(row => !reading.hasRanges(row) && reading.expected(row, 'p11') !== 'untouched')
  const isLocal = (row: Outcome, policy: 'internalTrafficPolicy' | 'externalTrafficPolicy') =>
    spec.services.find(s => `${s.namespace}/${s.name}` === row.service)?.[policy] === 'Local'
  test.each(served.map(row => [title(row), row] as const))('%s', (_, row) => {
    const verdict = lookup(image, { address: row.addr, port: row.port, protocol: protocolOf(row) })
    const { ok = [], fail } = row.x1
    const unreachable = { kind: 'refuse', errno: 'EHOSTUNREACH' }
    if (fail === 'refused') return expect(verdict).toEqual({ kind: 'refuse', errno: 'ECONNREFUSED' })
    if (row.kind === 'clusterIP' && isLocal(row, 'internalTrafficPolicy')) return expect(verdict).toEqual(unreachable)
    const isExact = row.kind.startsWith('nodePort') && isLocal(row, 'externalTrafficPolicy')
    if (isExact && fail === 'dropped') return expect(verdict).toEqual(unreachable)
    expect(verdict.kind).toBe('forward')
    // x1 came to one node, which knew of hints and of pods of its own.
    if (isExact) expectVerdict({ action: 'forward', backends: forwardedTo(verdict) }, reading.met(row, row.x1))
    else expect(names(forwardedTo(verdict))).toEqual(expect.arrayContaining(ok))
  })
})

describe('a node port left to n2 gets what n2 gives to clients elsewhere', () => {
  // In the recording the answers to p11 sometimes took a way back without n2 and were lost: n1's are asked.
  const left = rows.filter(row => reading.expected(row, 'p11') === 'left to n2')
  test.each(left.map(row => [title(row), row] as const))('%s', (_, row) => {
    expectVerdict(frontendOf(n2, row).external, reading.met(row, row.n1))
  })
})

function frontendOf(node: NodeImage, row: Outcome): Frontend {
  const isNodePort = row.kind.startsWith('nodePort')
  return node.frontends.find(
    f =>
      (isNodePort ? f.kind === 'nodePort' : f.address === row.addr) &&
      f.family === familyOf(row.addr) &&
      f.port === row.port &&
      f.protocol === protocolOf(row),
  )!
}

function expectVerdict({ action, backends }: Frontend['external'], expected: Expected): void {
  if (typeof expected === 'string') throw new Error('not an outcome')
  if ('errno' in expected) expect(action).toBe(expected.errno === 'ECONNREFUSED' ? 'reject' : 'drop')
  else expect(agrees(names(backends), expected), names(backends).join()).toBe(true)
}

function forwardedTo(verdict: LookupVerdict): Backend[] {
  return verdict.kind === 'forward' ? verdict.backends : []
}
