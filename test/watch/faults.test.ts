// SPDX-License-Identifier: Apache-2.0
import { expect, onTestFinished, test as plain } from 'vitest'
import {
  type Answerer,
  added,
  bookmark,
  broken,
  ended,
  endOfList,
  event,
  type FakeServer,
  open,
  page,
  service,
  startFakeServer,
  status,
} from './fake-server.ts'
import { accessTo, type Mirror, mirror, only, reflected, until } from './mirror.ts'

const test = (name: string, run: () => Promise<void>) => plain(name, run, 20_000)
const start = async (...answers: Answerer[]): Promise<FakeServer> => {
  const server = await startFakeServer(...answers)
  onTestFinished(server.close)
  return server
}
/** Reflects what a fake server answers in turn, until all answers are used, every list is whole and these objects are known. */
async function after(
  names: string,
  silence: number,
  ...answers: Answerer[]
): Promise<{ server: FakeServer; it: Mirror }> {
  const server = await start(...answers)
  const it = mirror()
  reflected(only(server.url), it, silence)
  const keys = [...names].map(name => `n/${name}`).join()
  const isWhole = () => it.log.findLastIndex(line => line.startsWith('listed')) > it.log.lastIndexOf('listing')
  const isDone = () =>
    server.asked.length >= answers.length && isWhole() && [...it.objects.keys()].sort().join() === keys
  await until(isDone, () => `${server.asked.length} of ${answers.length}: ${it.log.join(', ')}`)
  return { server, it }
}
const LIST = open(added('a', '1'), added('b', '2'), endOfList('5'))
const LISTED = ['connected', 'listing', 'listed 2 -0 kept 0']

test('a watch-list, then changes', async () => {
  const server = await start((_, response) => {
    response.writeHead(200)
    response.write(added('a', '1') + added('b', '2') + endOfList('5') + added('c', '6'))
    response.write(event('MODIFIED', { ...service('a', '7'), spec: {} }) + event('DELETED', service('b', '8')))
  })
  const it = mirror()
  reflected(only(server.url), it)
  await until(() => it.objects.has('n/c') && !it.objects.has('n/b'))
  expect([...it.objects.keys()]).toEqual(['n/a', 'n/c'])
  expect(it.objects.get('n/a')).toEqual({ ...service('a', '7'), spec: {} })
  expect(it.log).toEqual(LISTED)
  const { timeoutSeconds, ...rest } = Object.fromEntries(server.asked[0]!)
  expect(rest).toEqual({
    watch: '1',
    allowWatchBookmarks: 'true',
    sendInitialEvents: 'true',
    resourceVersionMatch: 'NotOlderThan',
    labelSelector: '!service.kubernetes.io/service-proxy-name',
    fieldSelector: 'spec.clusterIP!=None',
  })
  expect(Number(timeoutSeconds)).toBeGreaterThanOrEqual(300)
  expect(Number(timeoutSeconds)).toBeLessThanOrEqual(600)
})

test('a watch that ends in time goes on from the last bookmark, and nothing is lost', async () => {
  const list = ended(added('a', '1'), endOfList('5'), bookmark('9'))
  const { server, it } = await after('ab', 90_000, list, open(added('b', '10')))
  expect(server.asked.map(query => query.get('resourceVersion'))).toEqual([null, '9'])
  expect(it.log).toEqual(['connected', 'listing', 'listed 1 -0 kept 0', 'connected'])
})

for (const code of [400, 422]) {
  test(`pages, where a watch-list is refused with ${code}`, async () => {
    const pages = [page('7', ['a', 'b'], 'next'), page('7', ['c'])]
    const { server, it } = await after('abcd', 90_000, status(code), ...pages, open(added('d', '8')))
    const [, first, second, watch] = server.asked
    expect([first!.get('limit'), first!.get('continue'), first!.get('resourceVersion')]).toEqual(['500', null, null])
    expect(second!.get('continue')).toBe('next')
    expect(watch!.get('resourceVersion')).toBe('7')
    expect(it.log).toEqual(['connected', 'listing', 'connected', 'listed 3 -0 kept 0', 'connected'])
  })
}

for (const [name, expire] of [
  ['as an event', open(event('ERROR', { kind: 'Status', code: 410, message: 'too old resource version' }))],
  ['as a status', status(410)],
] as const) {
  test(`410 ${name}: a new list, and what it lacks is removed`, async () => {
    const list = ended(added('a', '1'), added('b', '2'), endOfList('5'))
    const { it } = await after('bc', 90_000, list, expire, open(added('b', '2'), added('c', '9'), endOfList('9')))
    expect(it.log.filter(line => line !== 'connected')).toEqual([
      ...['listing', 'listed 2 -0 kept 0', 'lost api-expired'],
      ...['listing', 'missing 1 of 2, listed 2', 'listed 2 -1 kept 0'],
    ])
  })
}

for (const [name, answer, code, message] of [
  ['a reset', broken(added('c', '6')), 'api-unreachable', /^watching services failed: http:\S+ broke the connection/],
  ['wrong JSON', open(added('c', '6'), '{"type":"ADDED","ob\n'), 'api-answer', /sends what is no event$/],
  [
    'an error event',
    open(added('c', '6'), event('ERROR', { code: 500, message: 'no' })),
    'api-error',
    /ended: no \(500\)$/,
  ],
  ['silence', open(added('c', '6')), 'api-stalled', /is silent for 0.3 s$/],
] as const) {
  test(`${name} in a watch: it goes on from the last event`, async () => {
    const list = ended(added('a', '1'), added('b', '2'), endOfList('5'))
    const { server, it } = await after('abcd', 300, list, answer, open(added('d', '7')))
    expect(server.asked[2]!.get('resourceVersion')).toBe('6')
    expect(it.log.slice(0, 6)).toEqual([...LISTED, 'connected', `lost ${code}`, 'connected'])
    expect(it.messages[0]).toMatch(message)
    expect(it.pause).toBeGreaterThanOrEqual(250)
  })
}

test('a version of the future stays silent: the second time all is listed anew', async () => {
  const list = ended(added('a', '1'), added('b', '2'), endOfList('500'))
  const { server, it } = await after('z', 200, list, open(), open(), open(added('z', '3'), endOfList('4')))
  expect(server.asked.slice(1, 4).map(query => query.get('resourceVersion'))).toEqual(['500', '500', null])
  expect(it.log.slice(3, 8)).toEqual(['connected', 'lost api-stalled', 'connected', 'lost api-stalled', 'connected'])
})

for (const [name, answer] of [
  ['breaks', broken(added('a', '1'))],
  ['ends', ended(added('a', '1'))],
] as const) {
  test(`a watch-list that ${name} in the middle begins anew, and removes nothing before it is whole`, async () => {
    const { it } = await after('ab', 90_000, answer, LIST)
    expect(it.log.filter(line => !line.startsWith('lost'))).toEqual(['connected', 'listing', ...LISTED])
  })
}

test('a page that is cut is asked for again', async () => {
  const half: Answerer = (_, response) => {
    response.writeHead(200).end('{"kind":"ServiceList","metadata":{"resourceVersion":"7"},"items":[{"metadata":{')
  }
  const { server, it } = await after(
    'ab',
    90_000,
    status(422),
    page('7', ['a'], 'next'),
    half,
    page('7', ['b']),
    open(),
  )
  expect(server.asked.slice(2, 4).map(query => query.get('continue'))).toEqual(['next', 'next'])
  expect(it.messages[0]).toMatch(/listing services failed: \S+ answers what is no list, or a part of one$/)
})

for (const code of [429, 500, 503]) {
  test(`${code}: it waits as long as Retry-After says`, async () => {
    const times: number[] = []
    const noted: (answer: Answerer) => Answerer = answer => (query, response, request) => {
      times.push(performance.now())
      answer(query, response, request)
    }
    const { it } = await after('ab', 90_000, noted(status(code, { 'retry-after': '1' })), noted(LIST))
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(1250)
    expect(it.log).toEqual(['lost api-error', ...LISTED])
  })
}

test('401: the credentials are read anew, and asked with at once; refused again, it waits', async () => {
  const seen: (string | undefined)[] = []
  const guarded: Answerer = (query, response, request) => {
    seen.push(request.headers.authorization)
    ;(seen.length < 4 ? status(401) : LIST)(query, response, request)
  }
  const server = await start(guarded)
  const it = mirror()
  let reads = 0
  reflected(() => [{ name: 'it', access: () => accessTo(server.url, { token: `t${++reads}` }) }], it)
  await until(() => it.objects.size === 2)
  expect(seen).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t3', 'Bearer t4'])
  expect(it.log).toEqual(['lost api-unauthorized', ...LISTED])
})

test('403 is said, and asked again', async () => {
  const { it } = await after('ab', 90_000, status(403), LIST)
  expect(it.log).toEqual(['lost api-forbidden', ...LISTED])
  expect(it.messages[0]).toBe('listing services is not allowed (403): because')
})

test('an object without a name is skipped, and the rest is told', async () => {
  const odd = event('ADDED', { metadata: { resourceVersion: '2' } })
  const { it } = await after('ab', 90_000, open(added('a', '1'), odd, added('b', '3'), endOfList('5')))
  expect(it.log).toEqual(['connected', 'listing', 'skipped api-answer', 'listed 2 -0 kept 0'])
})

test('keys that a list lacks stay when the listener keeps them, and the next list asks again', async () => {
  const server = await start(LIST, open(added('a', '1'), endOfList('6')))
  const it = mirror()
  const reflector = reflected(only(server.url), it)
  await until(() => it.log.length === 3)
  it.verdict = 'keep'
  reflector.relist('services')
  await until(() => it.log.includes('listed 1 -0 kept 1'))
  expect(it.objects.size).toBe(2)
  it.verdict = 'remove'
  reflector.relist('services')
  await until(() => it.log.includes('listed 1 -1 kept 0'))
  expect([...it.objects.keys()]).toEqual(['n/a'])
  expect(it.log.filter(line => line.startsWith('lost'))).toEqual([])
})

test('a server that refuses connections: the next one answers, and keeps its turn', async () => {
  const gone = await start(status(500))
  await gone.close()
  const server = await start(LIST)
  const it = mirror()
  reflected(() => [gone.url, server.url].map(url => ({ name: url.href, access: () => accessTo(url) })), it)
  await until(() => it.objects.size === 2)
  expect(it.log).toEqual(['lost api-unreachable', ...LISTED])
})

test('credentials that cannot be had are said, and asked for again', async () => {
  const server = await start(LIST)
  const it = mirror()
  let reads = 0
  const access = () => accessTo(server.url, reads++ > 0 ? {} : { exec: { command: '/nonexistent', apiVersion: 'v1' } })
  reflected(() => [{ name: 'it', access }], it)
  await until(() => it.objects.size === 2)
  expect(it.log).toEqual(['lost no-credentials', ...LISTED])
})

test('a server that accepts and says nothing is given up', async () => {
  const silent: Answerer = () => {}
  const { it } = await after('ab', 200, silent, LIST)
  expect(it.log).toEqual(['lost api-stalled', ...LISTED])
})

test('an error of the listener is a bug: it is not taken for a failure of the server', async () => {
  const server = await start(LIST)
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  const { reflect } = await import('../../src/apiserver/watch/reflect.ts')
  const { SERVICES } = await import('../../src/apiserver/watch/kinds.ts')
  const it = mirror()
  const listener = { ...it, put: () => expect.unreachable('a bug') }
  await expect(reflect(only(server.url), [SERVICES], listener, controller.signal).done).rejects.toThrow('a bug')
  expect(it.log.filter(line => line.startsWith('lost'))).toEqual([])
})

test('it ends when it is told to, and leaves no connection', async () => {
  const server = await start(LIST)
  const it = mirror()
  const { stop } = reflected(only(server.url), it)
  await until(() => it.objects.size === 2)
  await stop()
  await server.close()
  expect(it.log).toEqual(LISTED)
})
