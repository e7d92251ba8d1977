// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mountOf } from './capable.ts'

/** Everything that worlds make has a name that starts so: `bal-<pid>-<number>`. */
const NAME = /^bal-(\d+)-\d+/

export function cgroupOf(id: string): string {
  return `${mountOf('cgroup2')}/${id}`
}

export function pinsOf(id: string): string {
  return `${mountOf('bpf')}/${id}`
}

/** Where the command keeps the specs of a world; it makes the directory itself. */
export function stateOf(id: string): string {
  return join(tmpdir(), `${id}-state`)
}

/** What is left of a world: its network namespaces, cgroup, pins and files, as people name them. */
export function tracesOf(id: string): string[] {
  const namespaces = namespaceNames().filter(name => name.startsWith(`${id}-`))
  const paths = [cgroupOf(id), pinsOf(id), stateOf(id)].filter(path => existsSync(path))
  return [...namespaces.map(name => `netns ${name}`), ...paths]
}

/** Removes all that a world made in the kernel, and what it remembers, and ends whoever is still in its cgroup. */
export function removeTraces(id: string): void {
  if (existsSync(cgroupOf(id))) removeCgroup(cgroupOf(id))
  for (const path of [pinsOf(id), stateOf(id)]) rmSync(path, { recursive: true, force: true })
  for (const name of namespaceNames()) if (name.startsWith(`${id}-`)) execFileSync('ip', ['netns', 'delete', name])
}

/**
 * Removes the worlds of processes that are gone: those that were killed before they could. What cannot be removed is
 * left to the next sweep; several test files may sweep at once.
 */
export function sweep(): void {
  const names = [...namespaceNames(), ...[cgroupOf(''), pinsOf(''), tmpdir()].flatMap(folder => readdirSync(folder))]
  const ids = new Set(names.map(name => NAME.exec(name)?.[0]).filter(id => id !== undefined))
  for (const id of ids) {
    if (existsSync(`/proc/${NAME.exec(id)![1]}`)) continue
    try {
      removeTraces(id)
    } catch (e) {
      if (tracesOf(id).length > 0) console.error(`left over: ${tracesOf(id).join(', ')} (${(e as Error).message})`)
    }
  }
}

function namespaceNames(): string[] {
  return existsSync('/run/netns') ? readdirSync('/run/netns') : []
}

function removeCgroup(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeCgroup(`${path}/${entry.name}`)
  }
  const attached = JSON.parse(bpftool('cgroup', 'show', path).trim() || '[]') as { id: number; attach_type: string }[]
  for (const { id, attach_type } of attached) bpftool('cgroup', 'detach', path, attach_type, 'id', String(id))
  for (let waited = 0; !removed(path); waited++) {
    if (waited === 100) throw new Error(`${path} cannot be removed: ${readFileSync(`${path}/cgroup.procs`, 'utf8')}`)
    for (const pid of readFileSync(`${path}/cgroup.procs`, 'utf8').split('\n')) if (Number(pid) > 0) end(Number(pid))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
  }
}

/** A cgroup is busy while a process is in it, and for a moment after that. */
function removed(path: string): boolean {
  try {
    rmdirSync(path)
    return true
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'EBUSY') throw e
    return false
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'ESRCH') throw e
  }
}

function bpftool(...args: string[]): string {
  return execFileSync('bpftool', ['-j', ...args], { encoding: 'utf8' })
}
