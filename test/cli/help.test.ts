// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { documentationOf } from '../../src/cli/help/help.ts'
import { commandsOf } from '../../src/cli/help/man-page.ts'
import { makeProgram } from '../../src/cli/program.ts'

const names = commandsOf(makeProgram()).map(command => command.name())

/** The words behind `balancing` in every part of a pipe, without redirections. */
function callsIn(line: string): string[][] {
  return line
    .replaceAll(/\d*>\s*\S+/g, '')
    .split(/[|()]/)
    .map(part => part.trim().split(/\s+/))
    .filter(words => words[0] === 'balancing')
    .map(words => words.slice(1))
}

/** The command that these words would run; throws what is wrong with them. */
function parse(words: readonly string[]): string {
  const program = makeProgram().configureOutput({ outputError: () => {} })
  let ran = ''
  for (const command of program.commands) {
    command.action((...args) => {
      ran = (args.at(-1) as Command).name()
    })
  }
  program.parse(words, { from: 'user' })
  return ran
}

describe('help', () => {
  test.each(names)('%s begins with examples', name => {
    const command = makeProgram().commands.find(c => c.name() === name)!
    const help = command.helpInformation()
    expect(documentationOf(command).examples.length).toBeGreaterThan(0)
    expect(help.indexOf('Examples:')).toBeGreaterThan(0)
    expect(help.indexOf('Examples:')).toBeLessThan(help.indexOf('Usage:'))
    expect(help).toContain('--log-format <form>')
    expect(command.summary()).not.toBe('')
  })

  test.each(['', ...names])('the examples of "%s" are right', name => {
    const program = makeProgram()
    const command = name === '' ? program : program.commands.find(c => c.name() === name)!
    for (const [line] of documentationOf(command).examples) {
      const calls = callsIn(line)
      expect(calls.length, line).toBeGreaterThan(0)
      const ran = calls.map(parse)
      if (name !== '') expect(ran).toContain(name)
    }
  })

  test('an example with a mistake would be found', () => {
    expect(() => callsIn('balancing validate -f a --stric | cat').map(parse)).toThrow("unknown option '--stric'")
    expect(callsIn('cat x | balancing validate -f - > out 2> err').map(parse)).toEqual(['validate'])
  })
})
