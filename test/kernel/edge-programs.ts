// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { FLOW_LIST, listObject } from '../../src/bpf/generation/programs.ts'
import { perCpuValues } from '../../src/bpf/maps/per-cpu.ts'
import { decode, encode, encodeU32 } from '../../src/datapath/codec.ts'
import { deltaBetween } from '../../src/datapath/delta.ts'
import { sumFlowCounts } from '../../src/datapath/flow-list.ts'
import { HASHES } from '../../src/datapath/hash.ts'
import {
  CONFIG_MAPS,
  type ConfigMap,
  EDGE_STATE_MAPS,
  emptyImage,
  type Image,
  isArray,
} from '../../src/datapath/image.ts'
import { enums, maps } from '../../src/datapath/layout.gen.ts'
import { planOf } from '../../src/plan/plan-of.ts'

const EDGE_PROGRAMS = new URL('../../build/bpf/edge.bpf.o', import.meta.url).pathname

export const EDGE_PROGRAM_NAMES = [
  'arrive',
  'depart',
  'arrive_raw',
  'depart_raw',
  'arrive_pod',
  'depart_pod',
  'express',
] as const
export type EdgeProgram = (typeof EDGE_PROGRAM_NAMES)[number]

const COUNTS = enums.edge_count
export type EdgeCount = Exclude<keyof typeof COUNTS, 'EDGE_COUNTS'>

/** The programs of edges, loaded upon maps of their own under a folder of bpffs. */
export class EdgePrograms {
  readonly folder: string
  readonly #object: string
  #image: Image = emptyImage()

  /** `folder` is made, and must not exist. */
  constructor(folder: string, capacity = 4096, object = EDGE_PROGRAMS) {
    this.folder = folder
    this.#object = object
    mkdirSync(`${folder}/programs`, { recursive: true })
    mkdirSync(`${folder}/maps`)
    const named: string[] = []
    for (const name of [...CONFIG_MAPS, 'affinity', ...EDGE_STATE_MAPS] as const) {
      const { type, keySize, valueSize, flags, maxEntries } = maps[name]
      const isConfig = (CONFIG_MAPS as readonly string[]).includes(name)
      const isSized = name === 'affinity' || (isConfig && !isArray(name as ConfigMap))
      const entries = String(isSized ? capacity : maxEntries)
      const sizes = ['key', String(keySize), 'value', String(valueSize), 'entries', entries, 'flags', String(flags)]
      bpftool('map', 'create', this.map(name), 'type', type, ...sizes, 'name', name)
      named.push('map', 'name', name, 'pinned', this.map(name))
    }
    bpftool('prog', 'loadall', object, `${folder}/programs`, ...named)
    this.#drawSecret()
  }

  #drawSecret(): void {
    bpftool('prog', 'run', 'pinned', this.program('begin_flows'), 'repeat', '0')
  }

  map(name: string): string {
    return `${this.folder}/maps/${name}`
  }

  program(name: EdgeProgram | 'begin_flows'): string {
    return `${this.folder}/programs/${name}`
  }

  /** Brings the config maps from what they hold to an image, step by step as apply does. */
  write(image: Image): void {
    const { steps } = planOf(deltaBetween(this.#image, image))
    this.#image = structuredClone(image)
    const lines = steps.map(step =>
      step.op === 'delete'
        ? `map delete pinned ${this.map(step.map)} key hex ${hex(step.key)}`
        : `map update pinned ${this.map(step.map)} key hex ${hex(step.key)} value hex ${hex(step.value!)}`,
    )
    if (lines.length > 0) batch(lines)
  }

  /** The records in `flows`: key bytes → fields. */
  flows(): Map<string, ReturnType<typeof decodeFlow>> {
    const dump = JSON.parse(bpftool('-j', 'map', 'dump', 'pinned', this.map('flows'))) as Dumped[]
    return new Map(dump.map(({ key, value }) => [fromHex(key), decodeFlow(fromHex(value))]))
  }

  /** How many records were made, less those that the programs deleted. */
  left(): number {
    const key = ['key', '0', '0', '0', '0']
    const counts = JSON.parse(bpftool('-j', 'map', 'lookup', 'pinned', this.map('flow_counts'), ...key))
    return sumFlowCounts(perCpuValues(counts)!)!.left
  }

  /** What the list of flows has of each record (enum listed_flow). */
  listed(): Uint8Array {
    const pin = `${this.folder}/list`
    const object = listObject(this.#object, FLOW_LIST)
    if (!existsSync(pin)) bpftool('iter', 'pin', object, pin, 'map', 'pinned', this.map('flows'))
    return readFileSync(pin)
  }

  /** Makes a record look older, by units of 2^30 ns. */
  age(key: string, by: number): void {
    const flow = this.flows().get(key)!
    const written = (flow.written - by) >>> 0
    const check = BigInt.asUintN(64, flow.check + BigInt(written - flow.written) * HASHES[6]!)
    const value = encode('flow', { ...flow, written, check })
    batch([`map update pinned ${this.map('flows')} key hex ${hex(key)} value hex ${hex(value)}`])
  }

  /** Takes records away, as the kernel may at any time. */
  evict(keys: Iterable<string>): void {
    batch([...keys].map(key => `map delete pinned ${this.map('flows')} key hex ${hex(key)}`))
  }

  /** Forgets all, until nothing comes back: the last packets of connections that end make records again. */
  async forgetForGood(): Promise<void> {
    do {
      this.forget()
      await sleep(30)
    } while (this.flows().size > 0)
  }

  /** Forgets all flows, fragments and sessions. A new secret makes what XDP keeps of flows worthless. */
  forget(): void {
    const keys = this.flows().keys()
    this.evict(keys)
    const zeros = Array(maps.flow_secret.valueSize).fill('0')
    bpftool('map', 'update', 'pinned', this.map('flow_secret'), 'key', '0', '0', '0', '0', 'value', ...zeros)
    this.#drawSecret()
    for (const name of ['fragments', 'affinity'])
      batch(
        (JSON.parse(bpftool('-j', 'map', 'dump', 'pinned', this.map(name))) as Dumped[]).map(
          ({ key }) => `map delete pinned ${this.map(name)} key hex ${hex(fromHex(key))}`,
        ),
      )
  }

  /** How often each rare case was met, of all processors. */
  counts(): Record<EdgeCount, number> {
    const of = (which: EdgeCount): number => {
      const key = hex(encodeU32(COUNTS[which]))
      const found = JSON.parse(
        bpftool('-j', 'map', 'lookup', 'pinned', this.map('edge_counts'), 'key', 'hex', ...key.split(' ')),
      )
      const values = (found as { values: { value: string[] }[] }).values
      return values.reduce((sum, { value }) => sum + Number(Buffer.from(fromHex(value), 'latin1').readBigUInt64LE()), 0)
    }
    const names = Object.keys(COUNTS).filter(name => name !== 'EDGE_COUNTS') as EdgeCount[]
    return Object.fromEntries(names.map(name => [name, of(name)])) as Record<EdgeCount, number>
  }

  close(): void {
    if (existsSync(this.folder)) rmSync(this.folder, { recursive: true })
  }
}

interface Dumped {
  key: string[]
  value: string[]
}

function decodeFlow(value: string) {
  return decode('flow', value)
}

function batch(lines: readonly string[]): void {
  if (lines.length > 0)
    execFileSync('bpftool', ['batch', 'file', '-'], { input: `${lines.join('\n')}\n`, stdio: ['pipe', 'pipe', 'pipe'] })
}

function hex(bytes: string): string {
  return Array.from(bytes, c => c.charCodeAt(0).toString(16).padStart(2, '0')).join(' ')
}

function fromHex(bytes: readonly string[]): string {
  return String.fromCharCode(...bytes.map(Number))
}

function bpftool(...args: string[]): string {
  return execFileSync('bpftool', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 })
}
