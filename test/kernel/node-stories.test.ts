// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { playCliStory, printCliStory, readCliStories } from '../cli/story.ts'
import { onNode } from './on-node.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

// UPDATE=1 rewrites the outputs; review the diff.
describeKernel('command stories on a node', () => {
  let world: World
  beforeEach(async () => {
    world = await createWorld()
  })
  afterEach(() => world?.close())

  for (const story of readCliStories('test/cli/node')) {
    it(story.path, async () => {
      expect(story.steps.length).toBeGreaterThan(0)
      const played = printCliStory({ ...story, steps: await playCliStory(story, folder => onNode(world, folder)) })
      if (process.env.UPDATE) writeFileSync(story.path, played)
      else expect(played).toBe(printCliStory(story))
    })
  }
})
