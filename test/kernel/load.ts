// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { endianness, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { LOAD } from './capable.ts'
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

export type Row = Pick<Call, 'family' | 'mode' | 'address' | 'port'>

/** Client threads that call rows at random until they are told to stop. */
export interface Load {
  /** Ends them. All records, thread by thread; may be read once. */
  stop(): Promise<Iterable<CallRecord>>
}

export function startLoad(world: World, party: string, threads: number, rows: readonly Row[]): Load {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-load-'))
  const child = spawn(LOAD, [world.cgroup, world.netns(party), String(threads), folder], {
    stdio: ['pipe', 'ignore', 'pipe'],
  })
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
      if (code !== 0) throw new Error(`load ended with ${code}: ${await complaint}`)
      return recordsOf(threads)
    },
  }
}

/** sizeof(struct record) of load.c */
const RECORD_BYTES = 16
const LITTLE = endianness() === 'LE'

function* recordsOf(threads: readonly Buffer[]): Generator<CallRecord> {
  for (const bytes of threads) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    for (let at = 0; at < bytes.length; at += RECORD_BYTES) {
      const from = Number(view.getBigUint64(at, LITTLE))
      const to = from + view.getUint32(at + 8, LITTLE)
      yield { from, to, row: view.getUint16(at + 12, LITTLE), result: view.getInt16(at + 14, LITTLE) }
    }
  }
}
