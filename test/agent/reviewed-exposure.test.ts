// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ReviewedExposure } from '../../src/agent/gate/reviewed-exposure.ts'
import { SavedExposure } from '../../src/agent/gate/saved-exposure.ts'
import { SavedHold } from '../../src/agent/gate/saved-hold.ts'
import { error } from '../../src/base/diagnostic.ts'
import { printExposureYaml } from '../../src/spec/print.ts'
import { revisionOf } from '../../src/spec/revision.ts'
import type { Service, Spec } from '../../src/spec/spec.ts'

function service(name: string, nodePort?: number, namespace = 'shop', address = '10.96.0.9'): Service {
  return {
    namespace,
    name,
    clusterIPs: [address],
    externalIPs: [],
    loadBalancerIPs: [],
    sourceRanges: [],
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    ports: [{ name: '', port: 80, protocol: 'TCP', except: [], ...(nodePort !== undefined && { nodePort }) }],
    endpoints: [],
  }
}

const exposure = (...services: Service[]): Spec => ({ nodes: [], services })
const good = (...services: Service[]) => ({ value: exposure(...services), diagnostics: [] })
const bad = (message: string) => ({
  value: undefined,
  diagnostics: [error('other-file', message, { place: { file: 'index.yaml', line: 5, column: 3 } })],
})
const nodePortOf = (review: ReviewedExposure, name: string) =>
  review.gate.serveAgain([`shop/${name}`]).get(`shop/${name}`)?.ports[0]?.nodePort

function reviewed(directory?: string) {
  const log: string[] = []
  const review = new ReviewedExposure({
    scope: 'external',
    neverHeld: [],
    source: 'directory /exposure',
    log: (level, message) => log.push(`${level}: ${message}`),
    ...(directory !== undefined && {
      saved: { exposure: new SavedExposure(directory), hold: new SavedHold(directory) },
    }),
  })
  review.gate.change(new Map([['shop/web', service('web', 30_080)]]))
  return { review, log }
}

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-reviewed-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

test('what is offered counts when it is taken; what is rejected leaves the last good one, and is said once', () => {
  const { review, log } = reviewed()
  expect([review.isHeardOf, nodePortOf(review, 'web')]).toEqual([false, undefined])
  review.offer(good(service('web', 30_080)))
  review.take([])
  expect([review.isHeardOf, [...review.takeDirty()], nodePortOf(review, 'web')]).toEqual([true, [['shop/web']], 30_080])
  const notes: string[] = []
  review.stale = note => notes.push(note)
  review.offer(bad('a.yaml is not the file that the index names'))
  review.offer(bad('a.yaml is not the file that the index names'))
  review.take([])
  const reason = 'index.yaml:5:3: a.yaml is not the file that the index names'
  expect(review.status()).toMatchObject({ rejected: { code: 'other-file', reason }, pending: [] })
  const note = `the exposure is rejected: ${reason}; the last good exposure stays, endpoints follow the API server`
  expect(log.filter(line => line.startsWith('error'))).toEqual([`error: ${note}`])
  expect(notes).toEqual([note])
  expect(nodePortOf(review, 'web')).toBe(30_080)
  // The same as before the mistake.
  review.offer(good(service('web', 30_080)))
  review.take([])
  expect(review.status()).toMatchObject({ rejected: null })
})

test('what waits and what is absent is told', () => {
  const { review } = reviewed()
  review.offer(good(service('web'), service('gone')))
  review.take([])
  const summary = 'exposed as ClusterIP → NodePort; port 80/TCP → 80:30080/TCP'
  expect(review.status()).toMatchObject({
    gate: 'external',
    source: 'directory /exposure',
    pendingServices: 1,
    pending: [{ service: 'shop/web', risk: 'policy', summary }],
    absent: ['shop/gone'],
  })
})

test('an exposure of another cluster, and one without a Service after one that had some, are rejected', () => {
  const { review } = reviewed()
  const kubernetes = (address: string) => service('kubernetes', undefined, 'default', address)
  review.offer(good(kubernetes('10.96.0.1'), service('web', 30_080)))
  review.take(['10.96.0.1'])
  const revision = review.status().revision
  review.offer(good(kubernetes('10.43.0.1'), service('web')))
  review.take(['10.96.0.1'])
  expect(review.status()).toMatchObject({ revision, rejected: { code: 'other-cluster' } })
  review.offer(good())
  review.take(['10.96.0.1'])
  expect(review.status()).toMatchObject({ revision, rejected: { code: 'empty-exposure' } })
  expect(nodePortOf(review, 'web')).toBe(30_080)
})

test('the last good one is kept on the disk for the next start; without it, what was served last counts', () => {
  const folder = scratch()
  const { review } = reviewed(folder)
  review.begin(undefined)
  review.offer(good(service('web', 30_080)))
  review.take([])
  expect(readFileSync(join(folder, 'reviewed.yaml'), 'utf8')).toBe(printExposureYaml(exposure(service('web', 30_080))))
  const { review: next } = reviewed(folder)
  next.begin(exposure(service('web')))
  expect(nodePortOf(next, 'web')).toBe(30_080)
  expect(next.status()).toMatchObject({ revision: revisionOf(exposure(service('web', 30_080))), taken: null })
  writeFileSync(join(folder, 'reviewed.yaml'), 'kind: [')
  const { review: third, log } = reviewed(folder)
  third.begin(exposure(service('web', 30_080)))
  expect([nodePortOf(third, 'web'), log.length]).toEqual([30_080, 1])
})

test('a hold keeps what counts, also after a restart; what came meanwhile is taken at the release', () => {
  const folder = scratch()
  const { review } = reviewed(folder)
  review.begin(exposure(service('web')))
  review.offer(bad('it is cut short'))
  review.hold({ by: 'alice', reason: 'incident' })
  review.offer(good(service('web', 30_080)))
  review.take([])
  const waiting = revisionOf(exposure(service('web', 30_080)))
  expect(review.status()).toMatchObject({ held: { by: 'alice', reason: 'incident', waiting }, rejected: null })
  expect(nodePortOf(review, 'web')).toBeUndefined()
  const { review: next } = reviewed(folder)
  next.begin(undefined)
  next.offer(good(service('web', 30_080)))
  next.take([])
  expect([nodePortOf(next, 'web'), next.status().held]).toMatchObject([undefined, { by: 'alice', waiting }])
  next.release()
  next.take([])
  expect([nodePortOf(next, 'web'), next.status().held]).toEqual([30_080, null])
  expect(new SavedHold(folder).read()).toBeUndefined()
})

test('a file of a hold that is damaged holds, too', () => {
  const folder = scratch()
  writeFileSync(join(folder, 'hold.json'), '{')
  const { review } = reviewed(folder)
  review.begin(exposure(service('web')))
  review.offer(good(service('web', 30_080)))
  review.take([])
  expect(review.status().held).toMatchObject({ reason: `${join(folder, 'hold.json')} cannot be read` })
})
