import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
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
  // A process group of its own: what is killed is the group.
  const child = spawn('nsenter', command, { stdio: ['ignore', 'ignore', 'inherit'], detached: true, env })
  const timer = 'ms' in moment ? setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), moment.ms) : undefined
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
 * A bpftool that lets so many writes take effect and kills its process group before the next one. A line of a batch is a
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
before=$(wc -l < ${folder}/writes)
yes | head -n $weight >&9
exec 9>&-
left=$((${writes} - before))
if [ $left -lt $weight ]; then
	[ $left -gt 0 ] && head -n $left $lines | bpftool "$@"
	kill -9 0
fi
exec bpftool "$@" < $lines`,
  )
}
