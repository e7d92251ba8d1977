#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a command with a BPF file system at /sys/fs/bpf: mounts one when there is none, and takes it away again.
#   with-bpffs.sh COMMAND...
set -u
# What runs here makes no device of this machine an edge, unless it names one.
export BALANCING_DEVICE=none
mounted=
if [ "$(id -u)" = 0 ] && [ "$(stat -f -c %T /sys/fs/bpf 2>/dev/null)" != bpf_fs ]; then
	mount -t bpf -o mode=0700 bpf /sys/fs/bpf && mounted=yes
fi
"$@"
code=$?
[ -z "$mounted" ] || umount /sys/fs/bpf
exit $code
