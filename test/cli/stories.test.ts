// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseCliStory, playCliStory, printCliStory, readCliStories } from './story.ts'

// UPDATE=1 rewrites the outputs; review the diff.
describe.concurrent('command stories', () => {
  for (const story of readCliStories('test/cli/stories')) {
    test(story.path, async () => {
      expect(story.steps.length).toBeGreaterThan(0)
      const played = printCliStory({ ...story, steps: await playCliStory(story) })
      if (process.env.UPDATE) writeFileSync(story.path, played)
      else expect(played).toBe(printCliStory(story))
    })
  }
})

test('a story tells both streams, the exit code, a missing line break, and nothing that differs from run to run', async () => {
  const given = [
    'About.\n\n-- a/b.txt --\ntext\n\n# Remark.\n$ cat a/b.txt; pwd; echo "took 1.25 s"; ls',
    '$ printf x >&2; false | true; exit',
    '$ echo $WORLD',
  ]
  const told = [
    '1| text\n1| $PWD\n1| took N s\n1| a\n1| examples\n',
    '2| x\n2\\ no line break at the end\nexit 1\n',
    '1| $WORLD\n',
  ]
  const story = parseCliStory('story', given.join('\n\n'))
  const steps = await playCliStory(story, { WORLD: 'w-17' })
  expect(printCliStory({ ...story, steps })).toBe(given.map((text, i) => `${text}\n${told[i]}`).join('\n'))
  expect(parseCliStory('story', printCliStory({ ...story, steps })).steps).toEqual(steps)
})
