// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { nodeNamed, pathOf, SERVICES, SLICES, selectorsOf } from '../../src/apiserver/watch/kinds.ts'
import { serversOf, takeTurns } from '../../src/apiserver/watch/servers.ts'
import { accessTo } from './mirror.ts'

const base = () => accessTo(new URL('https://kubeconfig:6443'), { token: 't' })
const sources = { base, urls: [], learned: () => ['192.0.2.1:6443', '[2001:db8::1]:6443'], vip: () => '10.96.0.1:443' }
const hosts = (...of: Parameters<typeof serversOf>) => serversOf(...of)().map(({ access }) => access().server.host)

test('the kubeconfig comes first, then the endpoints that the cluster said, then the cluster IP', () => {
  expect(hosts(sources, 0)).toEqual(['kubeconfig:6443', '192.0.2.1:6443', '[2001:db8::1]:6443', '10.96.0.1'])
  expect(hosts(sources, 0.9)).toEqual(['kubeconfig:6443', '[2001:db8::1]:6443', '192.0.2.1:6443', '10.96.0.1'])
})

test('given addresses replace that of the kubeconfig, not its credentials', () => {
  const urls = [new URL('https://one:6443'), new URL('https://two:6443')]
  expect(hosts({ ...sources, urls, learned: () => [], vip: () => undefined }, 0)).toEqual(['one:6443', 'two:6443'])
  expect(serversOf({ ...sources, urls }, 0)()[0]!.access().user).toEqual({ token: 't' })
})

test('what is asked by address is verified by the name that every API server has', () => {
  const names = serversOf(sources, 0)().map(({ access }) => access().cluster['tls-server-name'])
  expect(names).toEqual([undefined, ...Array(3).fill('kubernetes.default.svc')])
})

test('kinds that fail at one server move on by one together, and the last is followed by the first', () => {
  const turn = takeTurns(serversOf({ ...sources, learned: () => ['192.0.2.1:6443'], vip: () => undefined }, 0))
  const [first, second] = ['the server of the kubeconfig', 'https://192.0.2.1:6443']
  expect(turn.current().name).toBe(first)
  turn.failed(first!)
  turn.failed(first!)
  expect(turn.current().name).toBe(second)
  turn.failed(second!)
  expect(turn.current().name).toBe(first)
})

test('a server that is no more among the candidates gives its turn to the first', () => {
  let learned = ['192.0.2.1:6443']
  const turn = takeTurns(serversOf({ ...sources, learned: () => learned, vip: () => undefined }, 0))
  turn.failed(turn.current().name)
  expect(turn.current().name).toBe('https://192.0.2.1:6443')
  learned = []
  expect(turn.current().name).toBe('the server of the kubeconfig')
})

test('kinds have paths and selectors', () => {
  expect([SERVICES, SLICES, nodeNamed('n1'), { kind: 'configmaps', namespace: 'a' } as const].map(pathOf)).toEqual([
    '/api/v1/services',
    '/apis/discovery.k8s.io/v1/endpointslices',
    '/api/v1/nodes',
    '/api/v1/namespaces/a/configmaps',
  ])
  expect(selectorsOf(nodeNamed('n1'))).toEqual({ fieldSelector: 'metadata.name=n1' })
  expect(selectorsOf(SLICES)).toEqual({ labelSelector: '!service.kubernetes.io/headless' })
})
