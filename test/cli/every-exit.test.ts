// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { documentationOf } from '../../src/cli/help/help.ts'
import { makeProgram } from '../../src/cli/program.ts'
import { readCliStories } from './story.ts'

/** What no story can show: a failure on the way of a command that shares its way with apply. */
const SHOWN_BY_APPLY = ['rollback 5', 'rollback 6']

test('every command has a story for each exit code that it documents', () => {
  const steps = ['test/cli/stories', 'test/cli/node'].flatMap(readCliStories).flatMap(story => story.steps)
  const seen = steps.flatMap(({ command, told }) => {
    const code = /^exit (\d+)$/m.exec(told)?.[1] ?? '0'
    return [...command.matchAll(/\bbalancing (\w+)/g)].map(([, name]) => `${name} ${code}`)
  })
  const wanted = makeProgram().commands.flatMap(command =>
    ['0', ...Object.keys(documentationOf(command).exits ?? {})].map(code => `${command.name()} ${code}`),
  )
  expect(wanted.filter(pair => !seen.includes(pair) && !SHOWN_BY_APPLY.includes(pair))).toEqual([])
})
