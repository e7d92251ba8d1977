// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from 'vitest'
import { nameOfAddress } from '../outcomes.ts'
import { type FlowRow, flowRows, readStories, specOf } from '../story.ts'
import { apply } from './balancing.ts'
import type { Call, Outcome } from './dial.ts'
import { describeKernel } from './suite.ts'
import { STANDARD } from './topology.ts'
import { createWorld, type World } from './world.ts'

const TRIES = 200

/** The flows tables of the stories, as the twin was held to them, on the real programs with real sockets. */
describeKernel('stories on the real programs', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world?.close())

  for (const story of readStories()) {
    for (const [place, from, ...flags] of [
      ['n1', 'p11'],
      // Programs that are compiled for another node do there what they do here.
      ['n2', 'p11', '--node', 'n2'],
      ['n3', 'p11', '--node', 'n3'],
      ['x1', 'x1', '--external'],
    ] as const) {
      const table = story.sections.get(`${place}.flows`)
      if (table === undefined) continue
      it(`${story.path} on ${place}`, async () => {
        await apply(world, specOf(story).spec!, '--force', ...flags)
        await expectTable(from, flowRows(table))
      })
    }
  }

  /** The rows as they are, IPv4 from IPv6 sockets too, UDP without connect() too. */
  async function expectTable(from: string, rows: FlowRow[]): Promise<void> {
    const v4 = rows.filter(row => !row.to.address.includes(':'))
    const udp = rows.filter(row => row.to.protocol === 'UDP')
    const ways: [FlowRow[], Partial<Call>][] = [
      [rows, {}],
      [v4, { family: 46 }],
      [udp, { mode: 'sendto' }],
    ]
    for (const [those, way] of ways) {
      const outcomes = await world.dial(
        from,
        those.map(row => ({ ...call(row), ...way })),
      )
      for (const [i, row] of those.entries()) expectOutcome(row, outcomes[i]!)
    }
  }
})

function call({ to: { address, port, protocol }, expected }: FlowRow): Call {
  const mode = protocol === 'TCP' ? 'tcp' : 'udp'
  // Where nobody answers, every try waits for its time-out.
  const tries = expected === 'pass' ? 4 : TRIES
  return { family: address.includes(':') ? 6 : 4, mode, address, port, tries, timeoutMs: 1000 }
}

function expectOutcome({ to, expected }: FlowRow, { identities, errors }: Outcome): void {
  const where = `${to.address}:${to.port}/${to.protocol}`
  if (/^E[A-Z]+$/.test(expected)) {
    expect({ identities, errors }, where).toEqual({ identities: {}, errors: { [expected]: TRIES } })
  } else if (expected === 'pass') {
    // Untouched: who really is there answers, and nobody else.
    const name = nameOfAddress(to.address)
    const isThere = name !== to.address && STANDARD.ports.includes(to.port)
    expect(Object.keys(identities), where).toEqual(isThere ? [`${name}:${to.port}`] : [])
    expect(errors.EHOSTUNREACH, where).toBeUndefined()
  } else {
    const names = expected.split(' ').map(nameOfBackend).sort()
    expect(errors, where).toEqual({})
    expect(Object.keys(identities).sort(), where).toEqual(names)
  }
}

/** `10.244.2.13:8080` is `p23:8080`. */
function nameOfBackend(text: string): string {
  const [, address, port] = /^\[?([^\]]+)\]?:(\d+)$/.exec(text)!
  return `${nameOfAddress(address!)}:${port}`
}
