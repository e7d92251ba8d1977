// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Bpftool } from '../../src/bpf/bpftool/bpftool.ts'
import { ResidentBpftool } from '../../src/bpf/bpftool/resident-bpftool.ts'
import { affinityEntries, tooSmall } from '../../src/bpf/generation/capacity.ts'
import { lookAt, readableMaps } from '../../src/bpf/generation/generation.ts'
import { listGenerations } from '../../src/bpf/generation/pins.ts'
import type { LiveMaps } from '../../src/bpf/maps/live.ts'
import { startReading } from '../../src/bpf/maps/read-image.ts'
import { program } from '../../src/bpf/maps/write-steps.ts'
import type { Edges } from '../../src/compile/edges.ts'
import type { Image } from '../../src/datapath/image.ts'
import { diff } from '../../src/plan/diff.ts'
import type { Plan, Step } from '../../src/plan/plan.ts'
import { printYaml } from '../../src/spec/print.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { compileAt } from '../build/compile.ts'
import { BINARY, run } from './balancing.ts'
import type { EdgeNodeName } from './edge-walk.ts'
import { type Moment, runUntil } from './killable.ts'
import { stateOf } from './traces.ts'
import type { World } from './world.ts'

/** How a spec was applied: times are ns of the monotonic clock, around all that touched the kernel. */
export interface EdgeApplied {
  image: Image
  begun: number
  done: number
}

/**
 * Applies one spec after the other to a node whose device eth0 is an edge. What can be written in place is written in this
 * process by a resident bpftool, a few milliseconds a spec; all else is done by the command.
 */
export class EdgeWriter {
  /** How many applies the command did, by what each was for. */
  readonly byCommand = new Map<string, number>()
  readonly #bpf = new ResidentBpftool(new Bpftool())
  readonly #edges: Edges
  #observed!: Image
  #maps!: LiveMaps
  #affinityEntries!: number

  readonly #world: World
  readonly #node: EdgeNodeName
  readonly #folder: string
  readonly #xdp: 'native' | 'off'

  /** `folder` is for files of its own. With `xdp` the other end of eth0 must have a program too. */
  constructor(world: World, node: EdgeNodeName, folder: string, xdp: 'native' | 'off') {
    this.#world = world
    this.#node = node
    this.#folder = folder
    this.#xdp = xdp
    mkdirSync(this.#cgroup)
    const ifindex = Number(this.#inNode('cat', '/sys/class/net/eth0/ifindex'))
    const n = node.slice(1)
    const edge = {
      device: 'eth0',
      ifindex,
      nat4: `192.168.50.${n}`,
      nat6: `fd00:50::${n}`,
      rawIp: false,
      xdp: xdp === 'native',
    }
    this.#edges = { devices: [edge], otherProxy: false }
  }

  get #cgroup(): string {
    return `${this.#world.cgroup}/${this.#node}`
  }

  get #pins(): string {
    return `${this.#world.pins}/${this.#node}`
  }

  /** What a node of this spec is to hold. */
  imageOf(spec: Spec): Image {
    return compileAt(spec, this.#node, this.#edges).image
  }

  /** In place where that is possible; `pause` leaves off for some milliseconds at that part of the plan (0…1). */
  async apply(spec: Spec, pause = 0): Promise<EdgeApplied> {
    const image = this.imageOf(spec)
    const desired = { ...image, revision: this.#observed.revision }
    const plan = diff(this.#observed, desired)
    const reason = this.#whyNotInPlace(desired, plan)
    if (reason !== undefined) return this.command(spec, reason)
    const cut = Math.floor(pause * plan.steps.length)
    const begun = now()
    for (const part of [plan.steps.slice(0, cut), plan.steps.slice(cut)]) await this.#write(part)
    this.#observed = desired
    return { image, begun, done: now() }
  }

  #whyNotInPlace(desired: Image, { peak }: Plan): string | undefined {
    if (desired.source_ranges.size > 0 !== this.#observed.source_ranges.size > 0) return 'source ranges'
    if (affinityEntries(desired) > this.#affinityEntries) return 'affinity'
    return tooSmall(this.#maps, peak).length > 0 ? 'capacity' : undefined
  }

  async #write(steps: readonly Step[]): Promise<void> {
    if (steps.length === 0) return
    const failed = await program(this.#bpf, this.#maps, steps)
    if (failed) throw new Error(`a write failed: ${failed.message}`)
  }

  /** By the command of this build, or of another one. */
  async command(spec: Spec, reason: string, binary = BINARY): Promise<EdgeApplied> {
    const netns = this.#world.netns(this.#node)
    const args = this.#args(spec)
    const begun = now()
    const { code, stderr } = await run(args, { binary, netns })
    const done = now()
    if (code !== 0) throw new Error(`apply on ${this.#node} ended with ${code}: ${stderr}`)
    this.byCommand.set(reason, (this.byCommand.get(reason) ?? 0) + 1)
    await this.look()
    return { image: this.imageOf(spec), begun, done }
  }

  /** Begins to apply by the command, which is killed. Returns when it began, and whether it was killed before its end. */
  async killed(spec: Spec, moment: Moment): Promise<{ begun: number; isKilled: boolean }> {
    const args = this.#args(spec)
    const begun = now()
    return { begun, isKilled: await runUntil(moment, this.#folder, this.#world.netns(this.#node), args) }
  }

  #args(spec: Spec): string[] {
    const file = join(this.#folder, `${this.#node}.yaml`)
    writeFileSync(file, printYaml(spec))
    const state = `${stateOf(this.#world.id)}/${this.#node}`
    const where = ['--cgroup', this.#cgroup, '--pin-dir', this.#pins, '--state-dir', state]
    const edges = ['--device', 'eth0', '--xdp', this.#xdp]
    return ['apply', '-f', file, '--node', this.#node, ...edges, '--force', '--allow-older', ...where]
  }

  /** Finds the maps that serve, which the command may have made anew. */
  async look(): Promise<void> {
    const generation = await lookAt(this.#bpf, listGenerations(this.#pins).at(-1)!)
    const maps = readableMaps(generation)
    if (!maps) return
    this.#maps = maps
    this.#affinityEntries = generation.maps.get('affinity')!.maxEntries
    this.#observed = await startReading(this.#bpf, maps)()
  }

  /** The steps that would make the maps what they should be by now: none. */
  async deviations(): Promise<Step[]> {
    return diff(await startReading(this.#bpf, this.#maps)(), this.#observed).steps
  }

  /** What `status -o json` says. */
  async status(): Promise<{ syncState: string; reason?: string }> {
    const where = [
      '--cgroup',
      this.#cgroup,
      '--pin-dir',
      this.#pins,
      '--state-dir',
      `${stateOf(this.#world.id)}/${this.#node}`,
    ]
    const { stdout } = await run(['status', '-o', 'json', ...where], { netns: this.#world.netns(this.#node) })
    return JSON.parse(stdout)
  }

  #inNode(...command: string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.#world.netns(this.#node), ...command], { encoding: 'utf8' }).trim()
  }

  close(): Promise<void> {
    return this.#bpf.close()
  }
}

function now(): number {
  return Number(process.hrtime.bigint())
}
