// SPDX-License-Identifier: Apache-2.0
/** Every address is local, so that TCP connects and datagrams arrive, whatever they were rewritten to. */
const SCRIPT = `set -e
ip link set lo up
ip route add local default dev lo
ip -6 route add local default dev lo
exec "$@"`

/** Runs the command that follows in a network namespace that is gone when the command ends. */
export const ISOLATED: readonly string[] = ['unshare', '--net', 'sh', '-c', SCRIPT, 'sh']
