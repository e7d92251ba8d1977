// SPDX-License-Identifier: Apache-2.0
import type http from 'node:http'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { endOfList, event, list, service, startFakeServer } from './fake-server.ts'
import { mirror, only, reflected, until } from './mirror.ts'

type Step = { do: 'put' | 'delete'; name: string } | { do: 'bookmark' | 'end' | 'break' | 'compact' | 'garble' }

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('put' as const, 'delete' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('bookmark', 'end', 'break', 'compact', 'garble') }) },
)

/** A server of Services with a history, which a compaction cuts; watch-list is taken or refused. */
async function startStore(takesWatchList: boolean) {
  const objects = new Map<string, string>()
  const history: { version: number; line: string }[] = []
  const watches = new Set<http.ServerResponse>()
  let version = 10
  let oldest = 10
  const server = await startFakeServer((query, response) => {
    const from = Number(query.get('resourceVersion') ?? 0)
    const isList = query.get('sendInitialEvents') === 'true'
    if (isList && !takesWatchList) return response.writeHead(422).end('{"message":"forbidden"}')
    if (!query.has('watch')) {
      const body = {
        ...list(String(version), []),
        items: [...objects].map(([name, version]) => service(name, version)),
      }
      return response.writeHead(200).end(JSON.stringify(body))
    }
    if (!isList && from < oldest) return response.writeHead(410).end('{}')
    response.writeHead(200).flushHeaders()
    if (isList) {
      for (const [name, version] of objects) response.write(event('ADDED', service(name, version)))
      response.write(endOfList(String(version)))
    } else for (const { line } of history.filter(({ version }) => version > from)) response.write(line)
    watches.add(response)
    response.on('close', () => watches.delete(response))
  })
  const all = (act: (response: http.ServerResponse) => void) => watches.forEach(act)
  /** What is written after its end would throw. */
  const end = (response: http.ServerResponse): void => {
    watches.delete(response)
    response.end()
  }
  const note = (type: string, object: object): void => {
    const line = event(type, object)
    history.push({ version, line })
    all(response => response.write(line))
  }
  const act = (step: Step): void => {
    if (step.do === 'put') {
      objects.set(step.name, String(++version))
      note('MODIFIED', service(step.name, String(version)))
    } else if (step.do === 'delete' && objects.delete(step.name)) note('DELETED', service(step.name, String(++version)))
    else if (step.do === 'bookmark') all(response => response.write(event('BOOKMARK', service('', String(version)))))
    else if (step.do === 'end') all(end)
    else if (step.do === 'break') all(response => response.destroy())
    else if (step.do === 'garble') all(response => response.write('{"type":\n'))
    else if (step.do === 'compact') {
      oldest = ++version
      all(response => response.destroy())
    }
  }
  return { server, objects, act }
}

test.each([true, false])(
  'after any events and faults the mirror is what the server has (watch-list: %s)',
  async takes => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 12 }), async steps => {
        const { server, objects, act } = await startStore(takes)
        onTestFinished(server.close)
        const it = mirror()
        const { stop } = reflected(only(server.url), it)
        for (const [step, waits] of steps) {
          if (waits) await new Promise(resolve => setTimeout(resolve, 5))
          act(step)
        }
        const wanted = () => [...objects].map(([name, version]) => `n/${name} ${version}`).sort()
        const versionOf = (object: unknown) => (object as ReturnType<typeof service>).metadata.resourceVersion
        const mirrored = () => [...it.objects].map(([key, object]) => `${key} ${versionOf(object)}`).sort()
        await until(() => it.log.some(line => line.startsWith('listed')) && mirrored().join() === wanted().join())
        expect(mirrored()).toEqual(wanted())
        await stop()
        await server.close()
      }),
      { numRuns: 12 },
    )
  },
  120_000,
)
