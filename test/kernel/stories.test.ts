import { afterAll, beforeAll, expect, it } from 'vitest'
import { nameOfAddress } from '../outcomes.ts'
import { type FlowRow, flowRows, readStories, specOf } from '../story.ts'
import { apply } from './balancing.ts'
import type { Call, Outcome } from './dial.ts'
import { describeKernel } from './suite.ts'
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
    const table = story.sections.get('n1.flows')
    if (table === undefined) continue
    it(story.path, async () => {
      await apply(world, specOf(story).spec!, '--force')
      const rows = flowRows(table)
      const native = await world.dial('p11', rows.map(call))
      for (const [i, row] of rows.entries()) expectOutcome(row, native[i]!)
      const v4 = rows.filter(row => !row.flow.address.includes(':'))
      const mapped = await world.dial(
        'p11',
        v4.map(row => ({ ...call(row), family: 46 as const })),
      )
      for (const [i, row] of v4.entries()) expectOutcome(row, mapped[i]!)
      const udp = rows.filter(row => row.flow.protocol === 'UDP')
      const unconnected = await world.dial(
        'p11',
        udp.map(row => ({ ...call(row), mode: 'sendto' as const })),
      )
      for (const [i, row] of udp.entries()) expectOutcome(row, unconnected[i]!)
    })
  }
})

function call({ flow: { address, port, protocol }, expected }: FlowRow): Call {
  const mode = protocol === 'TCP' ? 'tcp' : 'udp'
  // Where nobody answers, every try waits for its time-out.
  const tries = expected === 'pass' ? 4 : TRIES
  return { family: address.includes(':') ? 6 : 4, mode, address, port, tries, timeoutMs: 1000 }
}

function expectOutcome({ flow, expected }: FlowRow, { identities, errors, slowestFailureMs }: Outcome): void {
  const where = `${flow.address}:${flow.port}/${flow.protocol}`
  if (/^E[A-Z]+$/.test(expected)) {
    expect({ identities, errors }, where).toEqual({ identities: {}, errors: { [expected]: TRIES } })
    expect(slowestFailureMs, where).toBeLessThan(100)
  } else if (expected === 'pass') {
    // Untouched: only who really is there may answer.
    const self = `${nameOfAddress(flow.address)}:${flow.port}`
    expect(
      Object.keys(identities).filter(who => who !== self),
      where,
    ).toEqual([])
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
