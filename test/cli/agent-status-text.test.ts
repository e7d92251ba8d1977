// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { Status } from '../../src/agent/status.ts'
import { printAgentStatus } from '../../src/cli/output/agent-status-text.ts'

const exposure = {
  gate: 'external' as const,
  source: 'directory /etc/balancing/exposure',
  revision: '5fecb8d07dae'.padEnd(64, '0'),
  taken: '2026-11-29T11:00:00.000Z',
  rejected: { since: '2026-11-29T12:00:00.000Z', code: 'other-file', reason: 'index.yaml:5:3: a.yaml is another file' },
  held: { since: '2026-11-29T12:30:00.000Z', by: 'alice', reason: 'incident', waiting: 'ab'.repeat(32) },
  pendingServices: 3,
  pending: [
    { service: 'shop/db', risk: 'policy' as const, summary: 'exposed as ClusterIP → NodePort' },
    { service: 'shop/web', risk: 'added' as const, summary: '10.96.0.9:80/TCP, 2 endpoints' },
  ],
  absent: ['shop/a', 'shop/b', 'shop/c', 'shop/d', 'shop/e'],
}

test('what is reviewed, rejected, held, pending and absent', () => {
  const status = { ...new Status('gated', 'n1').get(), notReady: [], exposure }
  expect(printAgentStatus(status).split('\n').slice(2)).toEqual([
    'exposure  revision 5fecb8d07dae, from the directory /etc/balancing/exposure, taken 2026-11-29T11:00:00.000Z',
    'rejected  since 2026-11-29T12:00:00.000Z: index.yaml:5:3: a.yaml is another file',
    'held      since 2026-11-29T12:30:00.000Z by alice: incident; revision abababababab waits for balancing agent release',
    'pending   3 Services wait for a review, gate external',
    '  * shop/db  exposed as ClusterIP → NodePort',
    '  + shop/web  10.96.0.9:80/TCP, 2 endpoints',
    '  and 1 more: -o json lists more',
    'absent    reviewed, and not in the API: shop/a, shop/b, shop/c, shop/d and 1 more',
    '',
  ])
})

test('nothing waits, and nothing is reviewed', () => {
  const none = {
    ...exposure,
    revision: null,
    taken: null,
    rejected: null,
    held: null,
    pendingServices: 0,
    pending: [],
    absent: [],
  }
  const status = { ...new Status('gated', 'n1').get(), notReady: [], exposure: none }
  expect(printAgentStatus(status).split('\n').slice(2)).toEqual([
    'exposure  none yet, from the directory /etc/balancing/exposure',
    'pending   nothing waits for a review, gate external',
    '',
  ])
})
