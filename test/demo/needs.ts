// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { mountOf } from '../kernel/capable.ts'

/** The first thing that the demo cannot do without and does not find, in a sentence; undefined when all is there. */
export function missingNeed(): string | undefined {
  if (process.getuid?.() !== 0) return 'it makes network namespaces and loads BPF programs, so it needs root'
  if (mountOf('bpf') === undefined) return 'it needs bpffs to pin maps in: mount -t bpf -o mode=0700 bpf /sys/fs/bpf'
  if (mountOf('cgroup2') === undefined) {
    return 'it needs cgroup2 to attach programs to: mkdir -p /run/cgroup2 && mount -t cgroup2 none /run/cgroup2'
  }
  for (const [tool, packageName] of Object.entries(TOOLS)) {
    if (spawnSync(tool, ['--version']).error) return `it needs ${tool}: apt-get install ${packageName}`
  }
  if (spawnSync('ip', ['netns', 'list']).status !== 0) return 'it needs network namespaces: ip netns list fails here'
  return undefined
}

const TOOLS = {
  bpftool: 'bpftool',
  ip: 'iproute2',
  ethtool: 'ethtool',
  curl: 'curl',
  nsenter: 'util-linux',
  clang: 'clang',
  bash: 'bash',
}
