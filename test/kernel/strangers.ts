// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'

/** A program for `connect4` that lets everything pass, with the name that somebody else's has; pinned, not attached. */
export function loadStranger(name: string, pin: string): void {
  const object = `/tmp/stranger-${process.pid}-${name}.o`
  const source = `__attribute__((section("cgroup/connect4"), used)) int ${name}(void *context) { return 1; }\n`
  const clang = ['-O2', '-g', '-target', 'bpf', '-x', 'c', '-c', '-', '-o', object]
  try {
    execFileSync('clang', clang, { input: source })
    execFileSync('bpftool', ['prog', 'load', object, pin])
  } finally {
    rmSync(object, { force: true })
  }
}
