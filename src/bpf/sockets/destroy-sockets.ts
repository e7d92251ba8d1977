import { closeSync, fstatSync, openSync } from 'node:fs'
import { formatHostPort } from '../../base/address.ts'
import type { ConnectedSocket } from '../../datapath/connected.ts'
import { runChild, stderrLine } from '../../host/child.ts'

/** What names a connected socket in its network namespace. */
type Ends = Pick<ConnectedSocket, 'source' | 'source_port' | 'backend' | 'backend_port'>

/** Sockets that one process is told of: its time grows with the square of this. */
const MANY = 250

/**
 * Ends connected UDP sockets of the network namespace that `way` leads into: they become unconnected and their
 * applications get ECONNABORTED. Each is named by both its ends, so that no other is met. Returns what went wrong, if
 * anything is known of it: a kernel that cannot end sockets says nothing.
 */
export async function destroySockets(
  way: string,
  netns: number,
  sockets: readonly Ends[],
): Promise<string | undefined> {
  const namespace = open(way)
  if (typeof namespace === 'string') return namespace
  try {
    // By now the path may lead elsewhere, if it is that of a process.
    if (fstatSync(namespace).ino !== netns) return `${way} does not lead there any more`
    for (let at = 0; at < sockets.length; at += MANY) {
      const words = [...SS, ...filterOf(sockets.slice(at, at + MANY))]
      const { exitCode, stderr, failure } = await runChild('nsenter', words, { stdin: namespace })
      if (failure !== undefined) return failure
      if (exitCode !== 0) return stderrLine(stderr) || `ss ended with ${exitCode}`
    }
    return undefined
  } finally {
    closeSync(namespace)
  }
}

const SS = ['--net=/proc/self/fd/0', 'ss', '--kill', '--udp', '--numeric', '--no-header', 'state', 'established']

/** The filter as words of the command line: in a file that was cut short it would mean more sockets, not fewer. */
function filterOf(sockets: readonly Ends[]): string[] {
  return sockets.flatMap((socket, i) => {
    const { source, source_port, backend, backend_port } = socket
    const ends = ['src', formatHostPort(source, source_port), 'and', 'dst', formatHostPort(backend, backend_port)]
    return [...(i > 0 ? ['or'] : []), '(', ...ends, ')']
  })
}

function open(path: string): number | string {
  try {
    return openSync(path, 'r')
  } catch (error) {
    return (error as Error).message
  }
}
