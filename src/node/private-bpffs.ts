// SPDX-License-Identifier: Apache-2.0

/** Pins of a container's own BPF file system vanish with the container; the programs stay attached and have lost their pins. */
export function formatPrivateBpffs(pinDir: string): string {
  return `the BPF file system of ${pinDir} is not mounted on the node, but here alone: the pins vanish with this container, and its programs stay attached`
}

export const MOUNT_THAT_OF_NODE =
  "mount the node's BPF file system (in a pod: hostPath /sys/fs/bpf), or mount one on the node first"
