// SPDX-License-Identifier: Apache-2.0
import { Surprise } from './expect.ts'
import { type Exported, readExport } from './export.ts'
import { missingNeed } from './needs.ts'
import { openStage, type Stage } from './stage.ts'
import { clientsOf, EXPORT, ROLLOUT, tell } from './story.ts'
import { ROOT } from './terminal.ts'

// What is typed names the devices that are to be edges.
process.env.BALANCING_DEVICE = 'none'

/**
 * `make demo`: the main job, end to end, in a world of its own. Exits 1 and says what when anything is not as the exports
 * have it, 4 when this machine cannot run it. It leaves the machine as it was, also on Ctrl-C.
 */
async function main(): Promise<number> {
  const need = missingNeed()
  if (need !== undefined) {
    console.error(`demo: ${need}`)
    return 4
  }
  const started = performance.now()
  const [before, after] = [readExport(ROOT + EXPORT), readExport(ROOT + ROLLOUT)]
  const stage = await openStage([before, after], clientsOf(before))
  const surprise = await perform(stage, before, after)
  if (surprise !== undefined) {
    console.error(`\ndemo: this is not as it should be\n${surprise}`)
    return 1
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`\nNothing is left: no network namespace, cgroup, pin or file of ${stage.id}. ${seconds} s in all.`)
  return 0
}

/** Says what was not as it should be; undefined when all was. The stage is gone after it in any case. */
async function perform(stage: Stage, before: Exported, after: Exported): Promise<string | undefined> {
  let surprise: string | undefined
  try {
    await tell(stage, before, after)
  } catch (e) {
    surprise = e instanceof Surprise ? e.message : String(e instanceof Error ? e.stack : e)
  }
  const left = await stage.close()
  return surprise ?? (left.length > 0 ? `left behind: ${left.join(', ')}` : undefined)
}

process.exitCode = await main()
