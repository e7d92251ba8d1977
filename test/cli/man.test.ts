// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { commandsOf, manPage, pageNameOf } from '../../src/cli/help/man-page.ts'
import { makeProgram } from '../../src/cli/program.ts'
import { describeWith } from './needs.ts'

const program = makeProgram()
const pages = [program, ...commandsOf(program)].map(command => [pageNameOf(command), command] as const)

/** A page as it is read, and what groff has to say against it. */
function render(source: string) {
  const { stdout, stderr } = spawnSync('groff', ['-ww', '-man', '-Tascii', '-P-cbou', '-rLL=100n'], {
    input: source,
    encoding: 'utf8',
  })
  return { text: stdout, warnings: stderr }
}

describeWith('groff', 'manual pages', () => {
  test.each(pages)('%s is rendered without a warning, with every flag and example', (name, command) => {
    const { text, warnings } = render(manPage(command))
    expect(warnings).toBe('')
    expect(text).toMatch(new RegExp(`^${name.toUpperCase()}\\(1\\)`))
    for (const heading of ['NAME', 'SYNOPSIS', 'EXAMPLES', 'OPTIONS', 'EXIT STATUS', 'SEE ALSO']) {
      expect(text).toContain(`\n${heading}\n`)
    }
    for (const option of command.options) expect(text).toContain(option.flags)
    expect(text).toContain('--log-format <form>')
    for (const line of manPage(command).match(/(?<=\.EX\n).*(?=\n\.EE)/g)!) {
      expect(line).not.toContain('\\e')
      expect(text).toContain(line.replaceAll('\\-', '-').trim().slice(0, 40))
    }
  })

  test('a wrong page would be found', () => {
    expect(render(`${manPage(program)}.XX\n\\[nothing]`).warnings).not.toBe('')
  })

  test('what means something to roff is text', () => {
    const odd = makeProgram()
    odd.command('odd').summary('.SH "x" \\fB – \'').description("'no request \\n(.g")
    const { text, warnings } = render(manPage(odd.commands.at(-1)!))
    expect(warnings).toBe('')
    expect(text).toContain('balancing-odd - .SH "x" \\fB - \'')
    expect(text).toContain("'no request \\n(.g")
  })
})
