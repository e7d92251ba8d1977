// SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { mountOf } from '../kernel/capable.ts'
import { onNode } from '../kernel/on-node.ts'
import { describeKernel } from '../kernel/suite.ts'
import { createWorld, type World } from '../kernel/world.ts'
import { type Dialogue, dialoguesOf, masked, play, withDialogues } from './console.ts'

const PAGES = ['README.md', ...readdirSync('docs').map(name => `docs/${name}`)].filter(name => name.endsWith('.md'))

// UPDATE=1 writes what came of the commands into the pages; review the diff.
describeKernel('pages show what really comes of their commands', () => {
  let world: World
  beforeEach(async () => {
    world = await createWorld()
  })
  afterEach(() => world?.close())

  test.each(PAGES)('%s', path => {
    const page = readFileSync(path, 'utf8')
    const told = dialoguesOf(page)
    const played = inFolder(folder => play(told, folder, environment(folder)))
    const shown = played.map(withUsualMount)
    const kept = told.map((was, i) => updated(was, shown[i]!))
    if (process.env.UPDATE) writeFileSync(path, withDialogues(page, kept))
    else expect(shown.map(comparable)).toEqual(told.map(comparable))
  })

  /** A shell of somebody who has the examples, and for whom `balancing` works on a node of the world. */
  function environment(folder: string): NodeJS.ProcessEnv {
    return {
      ...process.env,
      ...onNode(world, folder),
      // The edges are those that the facts give. `balancing` sees the devices of the world only.
      BALANCING_DEVICE: '',
      HOME: folder,
      LC_ALL: 'C.UTF-8',
      GIT_AUTHOR_NAME: 'A Reviewer',
      GIT_AUTHOR_EMAIL: 'reviewer@example.org',
      GIT_COMMITTER_NAME: 'A Reviewer',
      GIT_COMMITTER_EMAIL: 'reviewer@example.org',
    }
  }
})

/** Where a machine has cgroup2 beside the older ones, it is mounted elsewhere. */
function withUsualMount({ line, steps }: Dialogue): Dialogue {
  const usual = (output: string) => output.replaceAll(mountOf('cgroup2')!, '/sys/fs/cgroup')
  return { line, steps: steps.map(({ command, output }) => ({ command, output: usual(output) })) }
}

function comparable({ line, steps }: Dialogue) {
  return { line, steps: steps.map(({ command, output }) => ({ command, output: masked(output) })) }
}

/** What a page is to show: what it showed, where only times and the like differ. */
function updated(told: Dialogue, shown: Dialogue): Dialogue {
  const steps = told.steps.map((was, i) => {
    const now = shown.steps[i]!
    return masked(was.output) === masked(now.output) ? was : now
  })
  return { line: told.line, steps }
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-docs-'))
  try {
    cpSync('examples', join(folder, 'examples'), { recursive: true })
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
