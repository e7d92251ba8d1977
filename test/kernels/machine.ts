// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { buildSync } from 'esbuild'
import { type Files, filesOf } from './story.ts'

const FOLDER = 'build/kernels'
/** A machine takes less than a minute of processor time. */
const TIMEOUT_MS = 600_000

/** A kernel of a Debian release, fetched by test/kernels/fetch.sh. */
export function kernelOf(release: string): string | undefined {
  const path = `${FOLDER}/${release}/vmlinuz`
  return existsSync(path) ? path : undefined
}

export function hasEmulator(): boolean {
  return spawnSync('qemu-system-x86_64', ['--version']).status === 0
}

/** Packs what the machines run; the path of the image. */
export function packImage(): string {
  const files = `${FOLDER}/files`
  rmSync(files, { recursive: true, force: true })
  mkdirSync(files, { recursive: true })
  for (const [name, content] of Object.entries<string>(filesOf() satisfies Files))
    writeFileSync(`${files}/${name}`, content)
  const bundled = { bundle: true, format: 'esm', platform: 'node' } as const
  buildSync({ entryPoints: ['test/kernels/chains.ts'], outfile: `${files}/chains.mjs`, ...bundled })
  const script = new URL('image.sh', import.meta.url).pathname
  return execFileSync(script, [FOLDER, 'dist', 'build/test', files], { encoding: 'utf8' }).trim()
}

/** What a machine said, by step; see test/kernels/init. */
export type Said = Map<string, string[]>

/**
 * Boots a kernel without hardware help (TCG) and runs the image to its end. Its clock counts instructions, so how busy this
 * machine is changes no time-out in there.
 */
export async function boot(kernel: string, image: string): Promise<Said> {
  const machine = [
    '-accel',
    'tcg',
    '-cpu',
    'Nehalem', // the newest that a Node.js needs: what is newer costs time to emulate
    '-m',
    '1024',
    '-nographic',
    '-no-reboot',
    '-nodefaults',
    '-serial',
    'stdio',
    '-icount',
    'shift=2,sleep=off',
  ]
  const append = ['-append', 'console=ttyS0 quiet loglevel=3 panic=-1 nokaslr mitigations=off edd=off rdinit=/init']
  const args = [...machine, '-kernel', kernel, '-initrd', image, ...append]
  const child = spawn('qemu-system-x86_64', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  const [out, complaints] = await Promise.all([text(child.stdout), text(child.stderr)])
  writeFileSync(`${dirname(kernel)}.console`, out + complaints)
  const said: Said = new Map()
  for (const [, step, line] of out.replaceAll('\r', '').matchAll(/^([a-z]+): (.*)$/gm))
    said.set(step!, [...(said.get(step!) ?? []), line!])
  return said
}
