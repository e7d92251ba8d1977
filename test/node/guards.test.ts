// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest'
import { Failure } from '../../src/base/failure.ts'
import type { GuardSubject } from '../../src/node/guards/guard.ts'
import { ALL_WAIVERS, requireGuards, type Waiver } from '../../src/node/guards/guards.ts'
import { changedFrontends } from '../../src/report/change/changes.ts'
import { compileAt } from '../build/compile.ts'
import { service, specWith } from '../kernel/specs.ts'

/** An apply at which every guard but `unreadable-generation` has something to refuse. */
const WRONG = {
  node: {
    state: { orphans: [{ id: 7, name: 'connect4' }], current: { revision: { spec: 'now', serving: 10 }, pins: {} } },
    target: { cgroup: '/cgroup' },
  },
  changeset: { observed: undefined, desired: { frontends: new Map() }, changed: [] },
  names: () => undefined,
  spec: { services: [], nodes: [] },
  revision: 'old',
  entries: [
    { sequence: 1, revision: 'old', time: 'yesterday', by: 'apply', cluster: [] },
    { sequence: 2, revision: 'now', time: 'today', by: 'apply', cluster: [] },
  ],
  isSameExposure: () => false,
} as unknown as GuardSubject

function refusedBy(subject: GuardSubject, waived: ReadonlySet<Waiver>): string | undefined {
  try {
    requireGuards(subject, waived)
    return undefined
  } catch (error) {
    if (error instanceof Failure) return error.diagnostics[0]!.code
    throw error
  }
}

describe('guards', () => {
  test('each is waived by its own code, and the next one refuses', () => {
    const waived = new Set<Waiver>()
    const order: string[] = []
    for (let code = refusedBy(WRONG, waived); code !== undefined; code = refusedBy(WRONG, waived)) {
      order.push(code)
      waived.add(code as Waiver)
    }
    expect(order).toEqual(['older-spec', 'orphaned-programs', 'mass-removal', 'empty-spec'])
  })

  test('all are waived together', () => {
    expect(refusedBy(WRONG, ALL_WAIVERS)).toBeUndefined()
  })

  test('maps that cannot be read, without a revision: what is removed cannot be told', () => {
    const state = { orphans: [], current: { pins: { path: '/pins/g1' } } }
    const subject = { ...WRONG, node: { ...WRONG.node, state }, entries: [] } as unknown as GuardSubject
    expect(refusedBy(subject, new Set())).toBe('unreadable-generation')
  })

  test('service ports that lose their exposed frontends, though their cluster IPs serve on', () => {
    const edges = { devices: [{ device: 'eth0', ifindex: 2, rawIp: false }], otherProxy: false }
    const exposed = [1, 2, 3].map(n => ({ ...service(n, 'p11'), externalIPs: [`203.0.113.${n}`] }))
    const spec = specWith(...exposed.map(s => ({ ...s, externalIPs: [] })))
    const [observed, desired] = [specWith(...exposed), spec].map(s => compileAt(s, 'n1', edges).image)
    const changeset = { observed, desired, changed: changedFrontends(observed!, desired!) }
    const node = { state: { orphans: [], current: undefined } }
    const subject = { ...WRONG, node, changeset, spec, entries: [] } as unknown as GuardSubject
    expect(() => requireGuards(subject, new Set())).toThrow(
      '3 of 3 service ports that serve now would lose their last backend for clients outside: 203.0.113.1:80/TCP, 203.0.113.2:80/TCP, 203.0.113.3:80/TCP',
    )
    expect(refusedBy(subject, new Set(['mass-removal']))).toBeUndefined()
  })

  test('the spec of another cluster comes before all else', () => {
    const entries = [{ sequence: 1, revision: 'now', by: 'apply', cluster: ['10.96.0.1'] }]
    const services = [{ namespace: 'default', name: 'kubernetes', clusterIPs: ['10.0.0.1'], ports: [], endpoints: [] }]
    const subject = { ...WRONG, entries, spec: { services, nodes: [] } } as unknown as GuardSubject
    expect(refusedBy(subject, new Set())).toBe('other-cluster')
  })
})
