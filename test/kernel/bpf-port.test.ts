// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Bpf, MapRef } from '../../src/bpf/bpftool/bpf.ts'
import { Bpftool, type BpftoolOptions } from '../../src/bpf/bpftool/bpftool.ts'
import { ResidentBpftool } from '../../src/bpf/bpftool/resident-bpftool.ts'
import { maps } from '../../src/datapath/layout.gen.ts'
import { hexBytes } from '../../src/plan/batch.ts'
import { mountOf } from './capable.ts'
import { describeKernel } from './suite.ts'

/** Value sizes as those of `frontends`; keys are numbers. */
const SIZES = { keySize: 4, valueSize: maps.frontends.valueSize }
const ENTRIES = 32_768

const IMPLEMENTATIONS = {
  'one process a batch': (options: BpftoolOptions) => ({ bpf: new Bpftool(options), close: async () => {} }),
  'a resident process': (options: BpftoolOptions) => {
    const bpf = new ResidentBpftool(new Bpftool(options))
    return { bpf, close: () => bpf.close() }
  },
}

describeKernel('the port to bpftool', () => {
  let folder: string
  let pins: string
  let map: MapRef

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'balancing-port-'))
    pins = join(mountOf('bpf')!, `balancing-port-${process.pid}`)
    mkdirSync(pins)
    const sizes = `key 4 value ${SIZES.valueSize} entries ${ENTRIES} name test flags 1`.split(' ')
    execFileSync('bpftool', ['map', 'create', join(pins, 'test'), 'type', 'hash', ...sizes])
    map = `pinned ${join(pins, 'test')}`
  })
  afterEach(() => {
    rmSync(pins, { recursive: true })
    rmSync(folder, { recursive: true })
  })

  for (const [name, open] of Object.entries(IMPLEMENTATIONS)) {
    describe(name, () => {
      let bpf: Bpf
      let close: () => Promise<void>
      const reopen = (options: BpftoolOptions) => {
        ;({ bpf, close } = open(options))
      }
      beforeEach(() => reopen({}))
      afterEach(() => close())

      it('writes, looks up and dumps, interleaved', async () => {
        for (let i = 1; i <= 5; i++) {
          expect(await bpf.write(batch(update(i, i), update(i + 100, i)))).toBeUndefined()
          expect(await bpf.lookup([at(i + 100), at(i)])).toEqual([value(i), value(i)])
          const [dumped] = await bpf.dump([{ ref: map, ...SIZES }])
          expect(dumped!.size).toBe(2 * i)
          expect(dumped!.get(key(i))).toBe(value(i))
        }
        expect(await bpf.write(batch(remove(1), update(2, 7)))).toBeUndefined()
        expect(await bpf.lookup([at(2)])).toEqual([value(7)])
      })

      it('writes nothing', async () => {
        expect(await bpf.write('')).toBeUndefined()
        expect(await bpf.lookup([])).toEqual([])
        expect(await bpf.show([])).toEqual([])
      })

      it('does what is asked at once in the order of asking, when it is small', async () => {
        if (bpf instanceof Bpftool) return
        await Promise.all(Array.from({ length: 50 }, (_, i) => bpf.write(batch(update(1, i)))))
        expect(await bpf.lookup([at(1)])).toEqual([value(49)])
      })

      it('names the line that failed; those before it took effect, those behind it did not', async () => {
        const failed = await bpf.write(batch(update(1, 1), update(2, 2), remove(99), update(3, 3)))
        expect(failed).toEqual({ line: 2, message: 'delete failed: No such file or directory' })
        expect(await bpf.lookup([at(1), at(2), at(3), at(1)])).toEqual([value(1), value(2), undefined, value(1)])
        expect(await bpf.write(batch(remove(99)))).toMatchObject({ line: 0 })
        expect(await bpf.write(batch(update(3, 3)))).toBeUndefined()
        expect(await bpf.write(batch(update(4, 4), 'map update pinned /nowhere key hex 0'))).toMatchObject({ line: 1 })
        expect(await bpf.lookup([at(4)])).toEqual([value(4)])
      })

      it('says undefined for missing keys, missing maps and missing objects', async () => {
        await bpf.write(batch(update(1, 1)))
        expect(await bpf.lookup([at(8), at(1), at(9)])).toEqual([undefined, value(1), undefined])
        expect(await bpf.lookup([{ map: 'pinned /nowhere', key: key(1) }, at(1)])).toEqual([undefined, value(1)])
        expect(await bpf.dump([{ ref: 'pinned /nowhere', ...SIZES }])).toEqual([undefined])
        expect(await bpf.show([`map show ${map}`, 'map show pinned /nowhere', `map show ${map}`])).toEqual([
          expect.objectContaining({ type: 'hash', bytes_value: SIZES.valueSize }),
          undefined,
          expect.objectContaining({ type: 'hash' }),
        ])
        expect(await bpf.run('map', 'show', 'pinned', '/nowhere')).toMatchObject({
          error: expect.stringMatching(/nowhere/),
        })
      })

      it('writes 20,000 lines and names a late one that fails', async () => {
        const lines = Array.from({ length: 20_000 }, (_, i) => update(i, i))
        expect(await bpf.write(batch(...lines))).toBeUndefined()
        const [dumped] = await bpf.dump([{ ref: map, ...SIZES }])
        expect([dumped!.size, dumped!.get(key(19_999))]).toEqual([20_000, value(19_999)])
        expect(await bpf.write(Buffer.from(batch(...lines, remove(30_000), remove(1))))).toMatchObject({ line: 20_000 })
        expect(await bpf.lookup([at(1)])).toEqual([value(1)])
      })

      it('cannot say how far a killed bpftool came, and goes on with another', async () => {
        reopen({ program: wrapper('[ -e "$0.kill" ] && rm "$0.kill" && kill -9 $$') })
        expect(await bpf.write(batch(update(1, 1)))).toBeUndefined()
        writeFileSync(`${folder}/bpftool.kill`, '')
        signalChildren('SIGSTOP') // a resident process: it has all lines before it is killed
        const writing = bpf.write(batch(update(2, 2), update(3, 3)))
        await new Promise(resolve => setTimeout(resolve, 300))
        signalChildren('SIGKILL')
        expect(await writing).toEqual({
          line: undefined,
          message: expect.stringMatching(/bpftool was ended by SIGKILL/),
        })
        rmSync(`${folder}/bpftool.kill`, { force: true })
        expect(await bpf.write(batch(update(4, 4)))).toBeUndefined()
        expect(await bpf.lookup([at(1), at(4)])).toEqual([value(1), value(4)])
      })

      it('kills a bpftool that hangs, and says how long it waited', async () => {
        reopen({ program: wrapper('[ -e "$0.hang" ] && exec sleep 60'), timeoutMs: 1000 })
        expect(await bpf.write(batch(update(1, 1)))).toBeUndefined()
        writeFileSync(`${folder}/bpftool.hang`, '')
        signalChildren('SIGSTOP')
        const started = performance.now()
        const failed = await bpf.write(batch(update(2, 2)))
        expect(failed).toEqual({
          line: undefined,
          message: expect.stringMatching(/bpftool did not .* within 1 s and was killed/),
        })
        expect((await bpf.run('version')).error).toMatch(/did not end within 1 s/)
        expect(performance.now() - started).toBeLessThan(20_000)
        rmSync(`${folder}/bpftool.hang`)
        expect(await bpf.write(batch(update(3, 3)))).toBeUndefined()
      })

      it('says that bpftool is missing', async () => {
        reopen({ program: '/nowhere/bpftool' })
        expect(await bpf.write(batch(update(1, 1)))).toMatchObject({ line: undefined, message: /nowhere/ })
        expect((await bpf.run('version')).error).toMatch(/\/nowhere\/bpftool cannot be started/)
      })
    })
  }

  describe('a resident process', () => {
    it('is one process, which ends when it is closed', async () => {
      const bpf = new ResidentBpftool(new Bpftool())
      await bpf.write(batch(update(1, 1)))
      const [first, ...others] = children()
      await bpf.write(batch(update(2, 2)))
      expect([others, children()]).toEqual([[], [first]])
      await bpf.close()
      expect(children()).toEqual([])
    })

    it('is done without where bpftool does not answer line by line', async () => {
      const program = wrapper('set -o pipefail; bpftool "$@" | sort; exit')
      const bpf = new ResidentBpftool(new Bpftool({ program, timeoutMs: 1000 }))
      expect(await bpf.write(batch(update(1, 1)))).toBeUndefined()
      expect(await bpf.lookup([at(1), at(2)])).toEqual([value(1), undefined])
      expect(bpf.unable).toMatch(/did not answer within 1 s/)
      await bpf.close()
    })
  })

  const batch = (...lines: string[]) => lines.map(line => `${line}\n`).join('')
  const update = (k: number, v: number) =>
    `map update ${map} key hex ${hexBytes(key(k))} value hex ${hexBytes(value(v))}`
  const remove = (k: number) => `map delete ${map} key hex ${hexBytes(key(k))}`
  const at = (k: number) => ({ map, key: key(k) })

  /** A bpftool that first does something else. */
  function wrapper(first: string): string {
    const path = join(folder, 'bpftool')
    writeFileSync(
      path,
      `#!/bin/bash\n${first}\nexec ${execFileSync('which', ['bpftool'], { encoding: 'utf8' }).trim()} "$@"\n`,
    )
    chmodSync(path, 0o755)
    return path
  }
})

function key(n: number): string {
  const bytes = Buffer.alloc(SIZES.keySize)
  bytes.writeUInt32LE(n)
  return bytes.toString('latin1')
}

function value(n: number): string {
  return key(n).repeat(SIZES.valueSize / SIZES.keySize)
}

/** The bpftool processes that this one started. */
function children(): number[] {
  const ids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return ids.filter(id => isChild(id)).map(Number)
}

function isChild(id: string): boolean {
  try {
    return new RegExp(`^\\d+ \\(bpftool\\) \\S ${process.pid} `).test(readFileSync(`/proc/${id}/stat`, 'utf8'))
  } catch {
    return false // it has ended
  }
}

function signalChildren(signal: NodeJS.Signals): void {
  for (const id of children()) process.kill(id, signal)
}
