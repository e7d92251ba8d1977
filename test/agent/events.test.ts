// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import type { ClusterEvent } from '../../src/agent/events/cluster-event.ts'
import { EventRecorder } from '../../src/agent/events/event-recorder.ts'
import { EventSeries } from '../../src/agent/events/event-series.ts'
import { observedEvents } from '../../src/agent/events/observed-events.ts'
import { Status } from '../../src/agent/status.ts'
import { error } from '../../src/base/diagnostic.ts'

const NOW = Date.parse('2026-11-29T09:00:00.123Z')
const about = { kind: 'Node', name: 'n1' } as const
const event = (note: string): ClusterEvent => ({ reason: 'DriftRepaired', action: 'Resync', note, about })

test('an event that happens again counts up, and is written once a minute', () => {
  const series = new EventSeries()
  const at = (seconds: number, note = 'a') => series.next(event(note), NOW + seconds * 1000)
  const first = at(0)
  expect(first).toEqual({ id: expect.stringMatching(/^[0-9a-f]+$/), series: undefined })
  for (let second = 1; second < 60; second++) expect(at(second)).toBeUndefined()
  expect(at(60)).toEqual({ id: first!.id, series: { count: 61, lastObservedTime: '2026-11-29T09:01:00.123000Z' } })
  expect(at(61)).toBeUndefined()
  // Another one is another Event, with another name.
  expect(at(61, 'b')).toMatchObject({ series: undefined })
  expect(at(61, 'b')?.id).not.toBe(first!.id)
  // After ten quiet minutes it is a new one.
  expect(at(662)).toMatchObject({ series: undefined })
})

test('an event whose Event is gone is a new one', () => {
  const series = new EventSeries()
  series.next(event('a'), NOW)
  series.lost(event('a'))
  expect(series.next(event('a'), NOW + 1)).toMatchObject({ series: undefined })
})

test('whatever happens, ten Events are written at once, and ten a minute', () => {
  const series = new EventSeries()
  const written = (from: number, to: number) => {
    let count = 0
    for (let at = from; at < to; at += 100) if (series.next(event(`note ${at}`), NOW + at)) count++
    return count
  }
  expect(written(0, 5900)).toBe(10)
  expect(written(60_000, 120_000)).toBe(19)
  expect(written(120_000, 180_000)).toBe(10)
})

/** A recorder of a server that answers so, what it got, and the log. */
function recorded(...answers: (number | Error)[]) {
  const sent: [string, string, object][] = []
  const lines: string[] = []
  const send = async (method: 'POST' | 'PATCH', path: string, body: object): Promise<number> => {
    sent.push([method, path, body])
    const answer = answers.shift() ?? 201
    if (answer instanceof Error) throw answer
    return answer
  }
  return { recorder: new EventRecorder('n1', send, (_, message) => lines.push(message)), sent, lines }
}

test('what an agent does becomes Events of the Node and of Services', async () => {
  const { recorder, sent, lines } = recorded()
  const status = new Status('live', 'n1')
  status.observe(observedEvents('n1', event => recorder.record(event)))
  status.failed([error('map-full', 'a map is full')])
  status.failed([])
  status.resynced(0)
  status.resynced(3)
  status.resynced(4)
  status.damaged('a program is missing')
  status.stale('the exposure is rejected')
  status.portFailed('shop/web', 31_000, 'another process has the port')
  status.flushed('r', 1, 1)
  await recorder.idle()
  expect(lines).toEqual([])
  expect(sent.map(([method]) => method)).toEqual(Array(5).fill('POST'))
  const [, path, body] = sent.at(-1)!
  expect(path).toBe('/apis/events.k8s.io/v1/namespaces/shop/events')
  expect(body).toEqual({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: expect.stringMatching(/^web\.[0-9a-f]+$/), namespace: 'shop' },
    eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    reportingController: 'balancing.elf.io/agent',
    reportingInstance: 'balancing-n1',
    action: 'Listen',
    reason: 'FailedToStartServiceHealthcheck',
    regarding: { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'web' },
    note: 'node n1 failed to start healthcheck "shop/web" on port 31000: another process has the port',
    type: 'Warning',
  })
  expect(sent.slice(0, 4).map(([, path, body]) => [path, body])).toEqual(
    ['ProgrammingFailed', 'DriftRepaired', 'DamageRepaired', 'StaleExposure'].map(reason => [
      '/apis/events.k8s.io/v1/namespaces/default/events',
      expect.objectContaining({ reason, regarding: { apiVersion: 'v1', ...about, uid: 'n1' } }),
    ]),
  )
  expect(new Set(sent.map(([, , body]) => (body as { metadata: { name: string } }).metadata.name)).size).toBe(5)
})

test('an Event that cannot be written is given up with one line, and the next one is tried', async () => {
  const { recorder, sent, lines } = recorded(403, 403, new Error('no way there'))
  for (const note of ['a', 'b', 'c', 'a']) recorder.record(event(note))
  await recorder.idle()
  expect(lines).toEqual([
    'Events cannot be written: that is not allowed (403); manifests/agent-rbac.yaml has a ClusterRole with it',
    'Events cannot be written: no way there',
  ])
  // It may be written now.
  recorder.record(event('a'))
  await recorder.idle()
  expect(sent.map(([, , body]) => (body as { note: string }).note)).toEqual(['a', 'b', 'c', 'a'])
})

test('a note is no longer than the API takes', async () => {
  const { recorder, sent } = recorded()
  recorder.record(event('x'.repeat(5000)))
  await recorder.idle()
  expect((sent[0]![2] as { note: string }).note).toHaveLength(1024)
})
