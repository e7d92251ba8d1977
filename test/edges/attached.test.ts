// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AttachedProgram, withoutInherited } from '../../src/bpf/hooks/attached.ts'

/** What is attached at one hook of a cgroup: programs all of one kind, more than one only when they are `multi`. */
interface Level {
  flags: 'multi' | 'override'
  programs: AttachedProgram[]
}

/** Levels from a cgroup up to the root. No level has a program of another. */
const levels = fc
  .array(fc.record({ flags: fc.constantFrom('multi' as const, 'override' as const), count: fc.nat(3) }), {
    minLength: 2,
    maxLength: 5,
  })
  .map(shapes => {
    let id = 0
    const program = (flags: string) => ({ id: ++id, hook: 'cgroup_inet4_connect', name: 'theirs', flags })
    return shapes.map(({ flags, count }): Level => {
      const length = flags === 'multi' ? count : Math.min(count, 1)
      return { flags, programs: Array.from({ length }, () => program(flags)) }
    })
  })

/** What the kernel runs (kernel/bpf/cgroup.c, compute_effective_progs): the cgroup's own, then from each above what may stand beside it. */
function effective([own, ...above]: readonly Level[]): AttachedProgram[] {
  const running = [...own!.programs]
  for (const { flags, programs } of above) if (running.length === 0 || flags === 'multi') running.push(...programs)
  return running
}

test('what is attached to a cgroup itself follows from what is in effect there and in its parent', () => {
  fc.assert(
    fc.property(levels, ([ours, ...above]) => {
      expect(withoutInherited(effective([ours!, ...above]), effective(above))).toEqual(ours!.programs)
    }),
  )
})

test('the hooks of a cgroup are told apart', () => {
  const at = (hook: string, id: number) => ({ id, hook, name: '', flags: undefined })
  const here = [at('connect4', 1), at('connect4', 9), at('sendmsg4', 9), at('sendmsg4', 2)]
  expect(withoutInherited(here, [at('connect4', 9), at('sendmsg4', 2)])).toEqual([at('connect4', 1), at('sendmsg4', 9)])
})
