// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import {
  advance,
  beginsList,
  type Cursor,
  FROM_SCRATCH,
  type Outcome,
  queryOf,
} from '../../src/apiserver/watch/cursor.ts'

const after = (...outcomes: Outcome[]): Cursor => outcomes.reduce(advance, FROM_SCRATCH)
const told = (version: string): Outcome => ({ type: 'told', version })
const listed = (version: string): Outcome => ({ type: 'listed', version })
const ended: Outcome = { type: 'ended', isBarren: false }
const barren: Outcome = { type: 'ended', isBarren: true }

const LIST = {
  watch: '1',
  allowWatchBookmarks: 'true',
  timeoutSeconds: '300',
  sendInitialEvents: 'true',
  resourceVersionMatch: 'NotOlderThan',
}
const watch = (resourceVersion: string) => ({
  watch: '1',
  allowWatchBookmarks: 'true',
  timeoutSeconds: '300',
  resourceVersion,
})

test.each<[string, Outcome[], Record<string, string>]>([
  ['at first, a list by a watch', [], LIST],
  ['a list that broke begins anew', [told('5'), ended], LIST],
  ['after the list, what changed since', [told('9'), told('3'), listed('10'), ended], watch('10')],
  ['after an event, what changed since that', [listed('10'), told('11'), ended], watch('11')],
  ['after 410, a new list', [listed('10'), { type: 'expired' }, ended], LIST],
  ['a watch that stayed silent is tried again', [listed('10'), ended, barren], watch('10')],
  ['a watch that stayed silent twice: its version may be of the future', [listed('10'), ended, barren, barren], LIST],
  ['an event in between counts', [listed('10'), ended, barren, told('11'), ended, barren], watch('11')],
  ['a watch-list that is refused: pages', [{ type: 'refused' }], { limit: '500' }],
  ['a watch-list that stays silent twice: pages', [barren, barren], { limit: '500' }],
  [
    'the next page',
    [{ type: 'refused' }, { type: 'page', version: '7', next: 'abc' }],
    { limit: '500', continue: 'abc' },
  ],
  [
    'a page that broke is asked for again',
    [{ type: 'refused' }, { type: 'page', version: '7', next: 'abc' }, ended, barren, barren],
    { limit: '500', continue: 'abc' },
  ],
  [
    'after the last page, what changed since',
    [{ type: 'refused' }, { type: 'page', version: '7', next: '' }],
    watch('7'),
  ],
  [
    'a page of a version that is forgotten: a new list, and the server is asked again whether it takes a watch-list',
    [{ type: 'refused' }, { type: 'page', version: '7', next: 'abc' }, { type: 'expired' }],
    LIST,
  ],
])('%s', (_, outcomes, query) => {
  expect(queryOf(after(...outcomes), 300)).toEqual(query)
})

test('a list begins with its first page and with a watch-list', () => {
  const refused: Outcome = { type: 'refused' }
  const page: Outcome = { type: 'page', version: '7', next: 'abc' }
  const states = [after(), after(refused), after(refused, page), after(listed('1'))]
  expect(states.map(beginsList)).toEqual([true, true, false, false])
})
