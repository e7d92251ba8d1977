// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Programs that the world needs: see the Makefile. */
export const ECHO = new URL('../../build/test/echo', import.meta.url).pathname
export const DIAL = new URL('../../build/test/dial', import.meta.url).pathname
export const LOAD = new URL('../../build/test/load', import.meta.url).pathname
export const SPREAD = new URL('../../build/test/spread', import.meta.url).pathname
export const TALK = new URL('../../build/test/talk', import.meta.url).pathname
export const RUSH = new URL('../../build/test/rush', import.meta.url).pathname
export const OUTSIDE = new URL('../../build/test/outside', import.meta.url).pathname
export const TUNNEL = new URL('../../build/test/tunnel', import.meta.url).pathname
export const SIDECAR = new URL('../../build/test/sidecar', import.meta.url).pathname
export const PROGRAMS = new URL('../../build/bpf/cgroup.bpf.o', import.meta.url).pathname

/** What the kernel tests cannot do without, each missing thing in a few words. */
export function capable(): { ok: true } | { ok: false; missing: string[] } {
  const missing = [
    process.getuid?.() === 0 || 'root',
    mountOf('bpf') !== undefined || 'bpffs',
    mountOf('cgroup2') !== undefined || 'cgroup2',
    runs('bpftool', 'version') || 'bpftool',
    runs('ip', 'netns', 'list') || 'ip netns',
    existsSync(ECHO) || 'build/test/echo',
    existsSync(DIAL) || 'build/test/dial',
    existsSync(LOAD) || 'build/test/load',
    existsSync(SPREAD) || 'build/test/spread',
    existsSync(RUSH) || 'build/test/rush',
    existsSync(TALK) || 'build/test/talk',
    existsSync(TUNNEL) || 'build/test/tunnel',
    existsSync(SIDECAR) || 'build/test/sidecar',
    existsSync(PROGRAMS) || 'build/bpf/cgroup.bpf.o',
  ].filter(need => typeof need === 'string')
  return missing.length === 0 ? { ok: true } : { ok: false, missing }
}

/** Where a file system of this type is mounted, from the mount table; the first when there are several. */
export function mountOf(type: string): string | undefined {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [mount, source] = line.split(' - ')
    if (source?.split(' ')[0] === type) return plainPath(mount!.split(' ')[4]!)
  }
  return undefined
}

/** The table writes white space and backslashes as octal numbers. */
function plainPath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
}

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}
