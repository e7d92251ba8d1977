import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { TALK } from './capable.ts'
import type { World } from './world.ts'

/** A process of a party that keeps its sockets from one call to the next. */
export interface Talker {
  /** Makes calls, as talk.c names them, one after the other; what came of each. */
  talk(...calls: string[]): Promise<string[]>
  end(): void
}

export function startTalker(world: World, party: string): Talker {
  const child = spawn(TALK, [world.cgroup, world.netns(party)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async talk(...calls) {
      child.stdin.write(`${calls.join('\n')}\n`)
      const replies: string[] = []
      for (const call of calls) {
        const { value, done } = await lines.next()
        if (done) throw new Error(`talk ended before it answered "${call}"`)
        replies.push(value)
      }
      return replies
    },
    end: () => child.kill('SIGKILL'),
  }
}
