// SPDX-License-Identifier: Apache-2.0
/**
 * Explores every interleaving of processes that share memory, each state once. `step` does one atomic access of a process and
 * returns the state after it; undefined for a process that has ended. `check` says what is wrong with a state, if anything;
 * `isEnd`: no process can go on. Returns the first fault, and how many states there are.
 */
export function explore<State>(
  start: State,
  processes: number,
  step: (state: State, process: number) => State | undefined,
  check: (state: State, isEnd: boolean) => string | undefined,
): { fault: string | undefined; states: number } {
  const seen = new Set<string>([JSON.stringify(start)])
  const stack = [start]
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    const next = Array.from({ length: processes }, (_, i) => step(state!, i)).filter(one => one !== undefined)
    const fault = check(state, next.length === 0)
    if (fault !== undefined) return { fault: `${fault}: ${JSON.stringify(state)}`, states: seen.size }
    for (const one of next) {
      const key = JSON.stringify(one)
      if (seen.has(key)) continue
      seen.add(key)
      stack.push(one)
    }
  }
  return { fault: undefined, states: seen.size }
}
