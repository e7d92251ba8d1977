// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatHostPort } from '../../src/base/address.ts'
import { type Ends, filtersFor } from '../../src/bpf/sockets/socket-filter.ts'

/** Few addresses and ports that lie close together, so that spans, holes and equal ports abound. */
const ends: fc.Arbitrary<Ends> = fc
  .record({
    source: fc.constantFrom('10.0.0.1', '10.0.0.2'),
    source_port: fc.integer({ min: 1, max: 60 }),
    backend: fc.constantFrom('10.9.0.1', '10.9.0.2'),
    backend_port: fc.constantFrom(53, 54),
    isV6: fc.boolean(),
  })
  .map(({ isV6, ...v4 }) =>
    isV6
      ? { ...v4, source: v4.source.replace('10.0.0.', 'fd00::'), backend: v4.backend.replace('10.9.0.', 'fd00::9:') }
      : v4,
  )

test('the filters name exactly the sockets, whatever others there are', () => {
  fc.assert(
    fc.property(fc.uniqueArray(ends, { selector: nameOf, maxLength: 300 }), chosen => {
      const filters = filtersFor(chosen)
      const names = new Set(chosen.map(nameOf))
      const beside = (by: number) => chosen.map(socket => ({ ...socket, source_port: socket.source_port + by }))
      for (const socket of [...chosen, ...beside(-1), ...beside(1)])
        expect(filters.some(words => accepts(words, socket).is)).toBe(names.has(nameOf(socket)))
    }),
  )
})

test('the work grows with the sockets, not with their square', () => {
  const steps = (n: number) => {
    // Every second port, the worst for spans; 28,000 are half of what one pair of addresses has.
    const sockets = Array.from({ length: n }, (_, i) => ({
      source: '10.0.0.1',
      source_port: 2 * (i % 28_000) + 1,
      backend: `10.9.0.${Math.floor(i / 28_000)}`,
      backend_port: 53,
    }))
    const filters = filtersFor(sockets)
    const probes = sockets.filter((_, i) => i % Math.floor(n / 50) === 0)
    const total = probes.reduce((sum, socket) => sum + accepts(filters[0]!, socket).steps, 0)
    return { filters: filters.length, perSocket: total / probes.length }
  }
  expect(steps(400).perSocket).toBeLessThan(30)
  expect(steps(54_000)).toMatchObject({ filters: 135 })
  expect(steps(54_000).perSocket).toBeLessThan(30)
})

test('sockets side by side are one condition', () => {
  const sockets = Array.from({ length: 54_000 }, (_, i) => ({
    source: 'fd00::1',
    source_port: i + 1024,
    backend: 'fd00::9',
    backend_port: 53,
  }))
  expect(filtersFor(sockets).map(words => words.join(' '))).toEqual([
    '( ( src [fd00::1] and dst [fd00::9]:53 and sport ge :1024 and sport le :55023 ) )',
  ])
  expect(filtersFor([])).toEqual([])
})

function nameOf({ source, source_port, backend, backend_port }: Ends): string {
  return `${formatHostPort(source, source_port)} ${formatHostPort(backend, backend_port)}`
}

/** Whether ss would take a socket, and after how many conditions. `and` and `or` stop as soon as they know. */
function accepts(words: readonly string[], socket: Ends): { is: boolean; steps: number } {
  let at = 0
  let steps = 0
  const any = (isAsked: boolean): boolean => {
    let is = all(isAsked)
    while (words[at] === 'or') {
      at++
      is = all(isAsked && !is) || is
    }
    return is
  }
  const all = (isAsked: boolean): boolean => {
    let is = one(isAsked)
    while (words[at] === 'and') {
      at++
      is = one(isAsked && is) && is
    }
    return is
  }
  const one = (isAsked: boolean): boolean => {
    if (words[at] === '(') {
      at++
      const is = any(isAsked)
      if (words[at++] !== ')') throw new Error('a parenthesis is open')
      return is
    }
    if (isAsked) steps++
    const word = words[at++]
    if (word === 'sport') {
      const [operator, port] = [words[at++], Number(words[at++]!.slice(1))]
      return operator === 'lt'
        ? socket.source_port < port
        : operator === 'ge'
          ? socket.source_port >= port
          : socket.source_port <= port
    }
    const value = words[at++]!
    if (word === 'dst') return value === formatHostPort(socket.backend, socket.backend_port)
    if (word !== 'src') throw new Error(`${word} is no condition`)
    return [formatHostPort(socket.source, socket.source_port), socket.source, `[${socket.source}]`].includes(value)
  }
  const is = any(true)
  expect(at).toBe(words.length)
  return { is, steps }
}
