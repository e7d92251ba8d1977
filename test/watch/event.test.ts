// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { readEvent } from '../../src/apiserver/watch/event.ts'

const read = (event: unknown) => readEvent(Buffer.from(JSON.stringify(event)))
const metadata = { name: 'a', namespace: 'n', resourceVersion: '7' }

test.each(['ADDED', 'MODIFIED'])('%s puts an object', type => {
  const object = { metadata, spec: {} }
  expect(read({ type, object })).toEqual({ type: 'put', key: 'n/a', version: '7', object })
})

test('DELETED removes a key; kinds without namespaces have the name as key', () => {
  const object = { metadata: { name: 'node-1', resourceVersion: '8' } }
  expect(read({ type: 'DELETED', object })).toEqual({ type: 'remove', key: 'node-1', version: '8', object })
})

test('a bookmark has a version, and one of them ends the list', () => {
  const bookmark = (annotations?: object) =>
    read({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '9', annotations } } })
  expect(bookmark()).toEqual({ type: 'bookmark', version: '9', endsList: false })
  expect(bookmark({ 'k8s.io/initial-events-end': 'true' })).toEqual({ type: 'bookmark', version: '9', endsList: true })
})

test('an error has a status, a reason and a time to wait', () => {
  const status = { kind: 'Status', code: 429, message: 'storage is busy', details: { retryAfterSeconds: 3 } }
  const wanted = { type: 'error', status: 429, message: 'storage is busy', retryAfter: 3000 }
  expect(read({ type: 'ERROR', object: status })).toEqual(wanted)
  expect(read({ type: 'ERROR' })).toEqual({ type: 'error', status: 0, message: 'no reason was given', retryAfter: 0 })
})

test.each<[string, unknown, RegExp]>([
  ['an unknown type', { type: 'CHANGED', object: { metadata } }, /of type CHANGED/],
  ['a type that is a name of every object', { type: 'constructor', object: { metadata } }, /of type constructor/],
  ['no name', { type: 'ADDED', object: { metadata: { resourceVersion: '1' } } }, /without a name/],
  ['no version', { type: 'ADDED', object: { metadata: { name: 'a' } } }, /without a name or a resourceVersion/],
  ['no object', { type: 'ADDED' }, /without a name/],
  ['a bookmark without a version', { type: 'BOOKMARK', object: {} }, /a bookmark without/],
])('%s: the event is odd, the watch goes on', (_, event, message) => {
  expect(read(event)).toEqual({ type: 'odd', message: expect.stringMatching(message) })
})

test.each(['{"type":"ADDED","object":{', '<html>', '[]', '{"kind":"Status"}'])('%s is no event', line => {
  expect(readEvent(Buffer.from(line))).toEqual({ type: 'garbled', message: 'sends what is no event' })
})
