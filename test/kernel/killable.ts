// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BINARY } from './balancing.ts'
import { makeTool } from './tool.ts'

/** After so many writes to the kernel, or so many milliseconds. */
export type Moment = { writes: number } | { ms: number }

/**
 * Runs the built command in a network namespace and, when the moment comes, kills it with all its children. True when
 * it was killed, false when it had ended well before; any other end throws. `folder` is for files of its own.
 */
export async function runUntil(
  moment: Moment,
  folder: string,
  netns: string,
  args: readonly string[],
): Promise<boolean> {
  const env = { ...process.env }
  if ('writes' in moment) env.BALANCING_BPFTOOL = killingTool(mkdtempSync(join(folder, 'kill-')), moment.writes)
  const command = [`--net=/run/netns/${netns}`, BINARY, ...args]
  // A process group of its own. Each of its children has one too.
  const child = spawn('nsenter', command, { stdio: ['ignore', 'ignore', 'inherit'], detached: true, env })
  const timer = 'ms' in moment ? setTimeout(() => killTree(child.pid!), moment.ms) : undefined
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      if (code === 0 || signal === 'SIGKILL') resolve(signal === 'SIGKILL')
      else reject(new Error(`${args.join(' ')} ended with ${code ?? signal}`))
    })
  })
}

/**
 * A bpftool that lets so many writes take effect and kills the command and its other children before the next one. A line of a batch is a
 * write, and any other command that changes something; a batch that fills new maps, which nobody reads yet, is one.
 */
function killingTool(folder: string, writes: number): string {
  return makeTool(
    folder,
    `lines=$(mktemp -p ${folder})
[ "$2" = batch ] && cat > $lines
case "$2 $3" in
"batch file") weight=$(grep -c -E '^map (update|delete|create)' $lines) ;;
"prog loadall" | "prog run" | "map pin" | "cgroup attach" | "cgroup detach") weight=1 ;;
*) weight=0 ;;
esac
[ $weight = 0 ] && exec bpftool "$@" < $lines
grep -q '^map create' $lines && touch ${folder}/builds
[ -e ${folder}/builds ] && weight=1
# A generation is filled and loaded by several at once.
exec 9>> ${folder}/writes
flock 9
echo $PPID >> ${folder}/groups
before=$(wc -l < ${folder}/writes)
yes | head -n $weight >&9
exec 9>&-
left=$((${writes} - before))
if [ $left -lt $weight ]; then
	[ $left -gt 0 ] && head -n $left $lines | bpftool "$@"
	# The parent of timeout(1), which every child runs under, is the command: it goes first.
	read -r _ _ _ command _ < /proc/$PPID/stat
	read -r _ _ _ _ group _ < /proc/$command/stat
	kill -9 -$group $(sort -u ${folder}/groups | grep -vx $PPID | sed s/^/-/) -$PPID
fi
exec bpftool "$@" < $lines`,
  )
}

/** Kills a process group, and those of all descendants of its leader. */
function killTree(leader: number): void {
  for (const pid of [leader, ...descendantsOf(leader)]) {
    try {
      process.kill(-pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

/** A descendant that has a group of its own leads it. */
function descendantsOf(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`
  const children = existsSync(path) ? readFileSync(path, 'utf8').split(' ').filter(Boolean).map(Number) : []
  return children.flatMap(child => [child, ...descendantsOf(child)])
}
