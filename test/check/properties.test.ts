// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Categories, categorise } from '../../src/compile/categorise.ts'
import { compile } from '../../src/compile/compile.ts'
import type { PortEndpoint } from '../../src/compile/endpoints.ts'
import { atNode } from '../../src/compile/viewpoint.ts'
import { check, SPEC_CHECKS } from '../../src/report/check/check.ts'
import { checkedSpec, type Served } from '../../src/report/check/subject.ts'
import { serviceKey } from '../../src/spec/name.ts'
import { printJson, printYaml } from '../../src/spec/print.ts'
import { diagnose } from '../../src/spec/problem.ts'
import type { Node, Spec } from '../../src/spec/spec.ts'
import { arbitrarySpec } from '../arbitrary/spec.ts'
import { runs } from '../runs.ts'

/** The Services of which a check speaks. */
function blamed(spec: Spec, code: string, matches = (_: string) => true): string[] {
  const problems = check(spec).filter(p => p.code === code && matches(p.message))
  return [...new Set(problems.map(p => String(p.path[1])))].sort()
}

const holds = (property: (spec: Spec) => void) =>
  fc.assert(fc.property(arbitrarySpec, property), { numRuns: runs(1000) })

describe('checks say what compile does', () => {
  const ALONE: Node = { name: 'alone', addresses: [] }

  test('no-endpoints: a frontend refuses exactly when its Service is blamed', () => {
    holds(spec => {
      const refusing = compile(spec, atNode(ALONE)).frontends.filter(f => f.internal.action === 'reject')
      const names = blamed(spec, 'no-endpoints')
      for (const { service } of refusing) expect(names).toContain(service)
      const forwarding = new Set(compile(spec, atNode(ALONE)).frontends.map(f => f.service))
      for (const name of names.filter(name => forwarding.has(name))) {
        const ports = checkedSpec(spec).served.filter(one => serviceKey(one.service) === name)
        expect(ports.some(one => !categorise(one.endpoints, atNode(ALONE)).hasAny)).toBe(true)
      }
    })
  })

  test('no-local-endpoint: the policy drops on every node', () => {
    holds(spec => {
      if (spec.nodes.length === 0) return
      const perNode = spec.nodes.map(node => compile(spec, atNode(node)).frontends)
      for (const [field, isIt] of [
        ['internalTrafficPolicy', (kind: string) => kind === 'clusterIP'],
        ['externalTrafficPolicy', (kind: string) => kind !== 'clusterIP'],
      ] as const) {
        const local = new Set(spec.services.filter(s => s[field] === 'Local').map(serviceKey))
        const dropping = perNode[0]!.filter((frontend, i) => {
          if (!local.has(frontend.service) || !isIt(frontend.kind)) return false
          return perNode.every(frontends => frontends[i]!.external.action === 'drop')
        })
        const names = [...new Set(dropping.map(f => f.service))].sort()
        expect(blamed(spec, 'no-local-endpoint', message => message.includes(field))).toEqual(names)
      }
    })
  })

  test('hints-ignored: with a hint for the culprits, some node would be served by fewer', () => {
    holds(spec => {
      for (const [kind, field] of [
        ['zone hint', 'forZones'],
        ['node hint', 'forNodes'],
      ] as const) {
        const spoiled = checkedSpec(spec).served.filter(one => isSpoiled(one, field))
        const names = [...new Set(spoiled.map(one => serviceKey(one.service)))].sort()
        expect(blamed(spec, 'hints-ignored', message => message.includes(kind))).toEqual(names)
      }
    })
  })

  /** Whether a node that the hints name gets another list once nobody lacks a hint. */
  function isSpoiled({ endpoints }: Served, field: 'forZones' | 'forNodes'): boolean {
    const other = field === 'forZones' ? 'forNodes' : 'forZones'
    // One kind at a time.
    const alone = endpoints.map(e => ({ ...e, endpoint: { ...e.endpoint, [other]: [] } }))
    const repaired = alone.map(e => {
      const hints = e.endpoint[field]
      return { ...e, endpoint: { ...e.endpoint, [field]: hints.length > 0 ? hints : ['nobody'] } }
    })
    const named = new Set(endpoints.flatMap(e => e.endpoint[field]))
    return [...named].some(name => {
      const node: Node = field === 'forZones' ? { ...ALONE, zone: name } : { ...ALONE, name }
      const list = (all: PortEndpoint[]): Categories['cluster'] => categorise(all, atNode(node)).cluster
      return list(alone).length !== list(repaired).length
    })
  }
})

test('every problem has a place on the line that it speaks of, in YAML and in JSON', () => {
  holds(spec => {
    const problems = check(spec)
    for (const text of [printYaml(spec), printJson(spec)]) {
      for (const [i, { place }] of diagnose(problems, text, 'x').entries()) {
        expect(place, problems[i]!.message).toMatchObject({ file: 'x', line: expect.any(Number) })
      }
      for (const problem of problems.filter(p => p.item !== undefined)) {
        const [{ place }] = diagnose([problem], text, 'x') as unknown as [{ place: { source: string; column: number } }]
        const quoted = place.source.slice(place.column - 1)
        expect(quoted.replace('"', '').startsWith(problem.item!), problem.message).toBe(true)
      }
    }
  })
})

test('every check is in a story', () => {
  const folder = 'test/cli/stories'
  const told = readdirSync(folder).map(name => readFileSync(`${folder}/${name}`, 'utf8'))
  for (const { code } of SPEC_CHECKS) expect(told.join('')).toContain(`warning[${code}]`)
})
