// SPDX-License-Identifier: Apache-2.0
// Writes the manual pages into a folder: node scripts/man.ts FOLDER
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandsOf, manPage, pageNameOf } from '../src/cli/help/man-page.ts'
import { makeProgram } from '../src/cli/program.ts'

const folder = process.argv[2] ?? 'dist/man'
const program = makeProgram()
mkdirSync(folder, { recursive: true })
for (const command of [program, ...commandsOf(program)]) {
  writeFileSync(join(folder, `${pageNameOf(command)}.1`), manPage(command))
}
