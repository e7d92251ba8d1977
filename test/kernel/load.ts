// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { endianness, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { LOAD, OUTSIDE } from './capable.ts'
import type { Call } from './dial.ts'
import type { World } from './world.ts'

/** What came of one call. */
export interface CallRecord {
  /** Index of the row that was called. */
  row: number
  /** ns of the monotonic clock, when the call began and when the kernel had chosen. */
  from: number
  to: number
  /** Number of the backend that was chosen, 0 for somebody else, -errno for a failure. */
  result: number
}

/** One of a client outside. */
export interface OutsideRecord extends CallRecord {
  /** Was a packet of its TCP connection sent again? */
  isResent: boolean
}

export type Row = Pick<Call, 'family' | 'mode' | 'address' | 'port'>

/** What a client outside does: `tcp` and `udp` are calls, a `stream` of TCP and a `flow` of UDP keep their socket. */
export interface OutsideRow extends Pick<Call, 'address' | 'port'> {
  family: 4 | 6
  mode: 'tcp' | 'udp' | 'stream' | 'flow'
}

/** Client threads that call rows until they are told to stop. */
export interface Load<Found extends CallRecord = CallRecord> {
  /** Ends them. All records, thread by thread; may be read once. */
  stop(): Promise<Iterable<Found>>
}

/** They call rows at random, from a party that may be a node. */
export function startLoad(world: World, party: string, threads: number, rows: readonly Row[]): Load {
  const read = ({ from, word, ...rest }: RawRecord) => ({ from, to: from + word, ...rest })
  return start(LOAD, [world.cgroup, world.netns(party), String(threads)], rows, read)
}

/** They call rows at random from a host outside the cluster, and each stream and flow goes on. A record ends with the answer. */
export function startOutsideLoad(
  world: World,
  party: string,
  threads: number,
  rows: readonly OutsideRow[],
): Load<OutsideRecord> {
  return start(OUTSIDE, [world.netns(party), String(threads)], rows, ({ from, word, ...rest }) => {
    const [microseconds, isResent] = [word & 0x7fff_ffff, word > 0x7fff_ffff]
    return { from, to: from + 1000 * microseconds, isResent, ...rest }
  })
}

function start<Found extends CallRecord>(
  program: string,
  args: readonly string[],
  rows: readonly (Row | OutsideRow)[],
  read: (record: RawRecord) => Found,
): Load<Found> {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-load-'))
  const child = spawn(program, [...args, folder], { stdio: ['pipe', 'ignore', 'pipe'] })
  const complaint = text(child.stderr)
  const ended = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject))
  child.stdin.on('error', () => {}) // it ended early: its exit code says so
  child.stdin.write(`${rows.map(r => `${r.family} ${r.mode} ${r.address} ${r.port}\n`).join('')}\n`)
  return {
    async stop() {
      child.stdin.end()
      const code = await ended
      const threads = readdirSync(folder).map(name => readFileSync(join(folder, name)))
      rmSync(folder, { recursive: true })
      if (code !== 0) throw new Error(`${program} ended with ${code}: ${await complaint}`)
      return recordsOf(threads, read)
    },
  }
}

/** struct record of load.c and of outside.c, which differ in what the word says. */
interface RawRecord extends Pick<CallRecord, 'from' | 'row' | 'result'> {
  word: number
}
const RECORD_BYTES = 16
const LITTLE = endianness() === 'LE'

function* recordsOf<Found>(threads: readonly Buffer[], read: (record: RawRecord) => Found): Generator<Found> {
  for (const bytes of threads) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    for (let at = 0; at < bytes.length; at += RECORD_BYTES) {
      yield read({
        from: Number(view.getBigUint64(at, LITTLE)),
        word: view.getUint32(at + 8, LITTLE),
        row: view.getUint16(at + 12, LITTLE),
        result: view.getInt16(at + 14, LITTLE),
      })
    }
  }
}
