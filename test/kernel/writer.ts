// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readableMaps } from '../../src/bpf/generation/generation.ts'
import { inspect } from '../../src/bpf/generation/inspect.ts'
import { startReading } from '../../src/bpf/maps/read-image.ts'
import { program } from '../../src/bpf/maps/write-steps.ts'
import type { Image } from '../../src/datapath/image.ts'
import { planChangeset } from '../../src/node/changeset.ts'
import { execute } from '../../src/node/execute.ts'
import { type LockedNode, lockNode } from '../../src/node/lock-node.ts'
import { diff } from '../../src/plan/diff.ts'
import type { Plan, Step } from '../../src/plan/plan.ts'
import { revisionOf } from '../../src/spec/revision.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { compileAt } from '../build/compile.ts'
import { PROGRAMS } from './capable.ts'
import { makeTool } from './tool.ts'
import type { World } from './world.ts'

/** How a spec was put in place. */
export interface Applied {
  image: Image
  plan: Plan
  /** ns of the monotonic clock, around all that touched the kernel. */
  begun: number
  done: number
  /** Why a new generation was built, if one was. */
  rebuild?: string
}

export interface How {
  /** Where to leave off for some milliseconds, as a busy machine may at any step: 0…1 of the plan. */
  pause?: number
  /** The build that the programs are of, in hex; another one than before, and they are replaced, as by an upgrade. */
  programs?: string
}

/**
 * Applies one spec after the other to n1, by what `balancing apply` is made of, in this process. It keeps in mind what
 * the maps hold, so a transition in place is one bpftool batch, a few milliseconds.
 */
export class Writer {
  readonly #node: LockedNode
  readonly #folder: string
  #observed: Image

  private constructor(node: LockedNode, observed: Image, folder: string) {
    this.#node = node
    this.#observed = observed
    this.#folder = folder
  }

  static async open(world: World): Promise<Writer> {
    const target = { pinDir: `${world.pins}/balancing`, cgroup: world.cgroup, object: PROGRAMS }
    const folder = mkdtempSync(join(tmpdir(), 'balancing-writer-'))
    process.env.BALANCING_BPFTOOL = makeTool(folder, runningProgramsIn(world.netns('n1')))
    try {
      const node = await lockNode(target, 10)
      return new Writer(node, (await node.observed())!, folder)
    } finally {
      delete process.env.BALANCING_BPFTOOL
    }
  }

  async apply(spec: Spec, { pause = 0, programs = this.#node.programs }: How = {}): Promise<Applied> {
    const node = { ...this.#node, programs, observed: async () => this.#observed }
    const { image } = compileAt(spec, 'n1')
    const changeset = await planChangeset(node, image, revisionOf(spec))
    const { plan, desired } = changeset
    const rebuild = changeset.rebuild?.reason
    const cut = Math.floor(pause * plan.steps.length)
    const begun = now()
    if (rebuild !== undefined) await execute(node, changeset, () => {})
    else for (const part of [plan.steps.slice(0, cut), plan.steps.slice(cut)]) await this.#write(part)
    const done = now()
    if (rebuild !== undefined) this.#node.state = await inspect(node.bpf, node.target.pinDir, node.target.cgroup)
    this.#node.programs = programs
    this.#observed = desired
    return { image, plan, begun, done, ...(rebuild !== undefined && { rebuild }) }
  }

  async #write(steps: readonly Step[]): Promise<void> {
    const failed = await program(this.#node.bpf, this.#maps, steps)
    if (failed) throw new Error(`a write failed: ${failed.message}`)
  }

  get #maps() {
    return readableMaps(this.#node.state.current!)!
  }

  /** The steps that would make the maps what they should be by now: none. */
  async deviations(): Promise<Step[]> {
    return diff(await startReading(this.#node.bpf, this.#maps)(), this.#observed).steps
  }

  async close(): Promise<void> {
    await this.#node[Symbol.asyncDispose]()
    rmSync(this.#folder, { recursive: true })
  }
}

/** A program that is run looks where it is: on the node. Nothing else depends on that, so nothing else pays for it. */
function runningProgramsIn(netns: string): string {
  return `[ "$2 $3" = "prog run" ] && exec nsenter --net=/run/netns/${netns} bpftool "$@"\nexec bpftool "$@"`
}

function now(): number {
  return Number(process.hrtime.bigint())
}
