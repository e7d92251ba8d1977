// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { printStory, readStories, tell } from './story.ts'

const GIVEN = ['cluster.yaml', 'before.yaml']

// UPDATE=1 rewrites the outputs; review the diff.
describe('stories', () => {
  for (const story of readStories()) {
    test(story.path, () => {
      const outputs = [...story.sections.keys()].filter(name => !GIVEN.includes(name))
      expect(outputs.length).toBeGreaterThan(0)
      for (const section of outputs) {
        const told = tell(story, section)
        if (process.env.UPDATE) story.sections.set(section, told)
        else expect(told, section).toBe(story.sections.get(section))
      }
      if (process.env.UPDATE) writeFileSync(story.path, printStory(story))
    })
  }
})
