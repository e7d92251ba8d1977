// SPDX-License-Identifier: Apache-2.0
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

export interface Place {
  /** The world's own when absent; '-' is none. */
  cgroup?: string
  /** A path where others hand it sockets. */
  mailbox?: string
}

export function startTalker(world: World, party: string, { cgroup = world.cgroup, mailbox }: Place = {}): Talker {
  const args = [cgroup, world.netns(party), ...(mailbox ? [mailbox] : [])]
  const child = spawn(TALK, args, { stdio: ['pipe', 'pipe', 'inherit'] })
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
