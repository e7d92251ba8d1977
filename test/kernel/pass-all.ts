// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Loads and pins an XDP program of this name that passes every packet. */
export function loadPassAll(name: string, pin: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-pass-'))
  const object = join(folder, 'pass.o')
  const source = `__attribute__((section("xdp"), used)) int ${name}(void *ctx) { return 2; }`
  try {
    execFileSync('clang', ['-O2', '-g', '-target', 'bpf', '-x', 'c', '-', '-c', '-o', object], { input: source })
    execFileSync('bpftool', ['prog', 'load', object, pin, 'type', 'xdp'])
  } finally {
    rmSync(folder, { recursive: true })
  }
}
