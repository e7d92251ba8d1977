/** The source address of what goes to backends, and of all else: connect.c tells by them whether a call was rewritten. */
export const SOURCES = {
  4: { backend: '198.18.0.2', other: '198.18.0.1' },
  6: { backend: 'fd98::2', other: 'fd98::1' },
} as const

/** A link that leads nowhere. connect() looks a route up, so there must be one; a veth, since every kernel has them. */
const SCRIPT = `set -e
ip link add bench type veth peer name nowhere
ip link set nowhere up
ip link set bench up
for address in ${SOURCES[4].backend}/32 ${SOURCES[4].other}/32; do ip address add $address dev bench; done
for address in ${SOURCES[6].backend}/128 ${SOURCES[6].other}/128; do ip address add $address dev bench nodad; done
ip route add default dev bench src ${SOURCES[4].other}
ip route add 10.128.0.0/9 dev bench src ${SOURCES[4].backend}
ip -6 route add default dev bench src ${SOURCES[6].other}
ip -6 route add fd80::/16 dev bench src ${SOURCES[6].backend}
exec "$@"`

/** Runs a command in a network namespace that is gone when the command ends. */
export function isolated(program: string, ...args: string[]): [program: string, args: string[]] {
  return ['unshare', ['--net', 'sh', '-c', SCRIPT, 'sh', program, ...args]]
}
