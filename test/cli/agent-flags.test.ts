// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { Failure } from '../../src/base/failure.ts'
import { modeOf } from '../../src/cli/agent/agent-options.ts'
import { exposurePlaceOf } from '../../src/cli/agent/exposure-flag.ts'

/** What a function returns, or the exit code and message of its failure. */
function outcome(action: () => unknown): unknown {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return [error.exitCode, error.message]
  }
}

test.each([
  [{}, 'live'],
  [{ exposure: 'dir' }, 'gated'],
  [{ file: 'spec.yaml' }, 'pinned'],
  [{ mode: 'gated', exposure: 'dir' }, 'gated'],
  [{ mode: 'gated' }, [2, '--mode gated needs an exposure']],
  [{ mode: 'live', exposure: 'dir' }, [2, '--mode live takes no --exposure']],
  [{ mode: 'live', file: 'spec.yaml' }, [2, '--mode live takes no --file']],
  [{ exposure: 'dir', file: 'spec.yaml' }, [2, '--mode gated takes no --file']],
] as const)('the mode of %j', (flags, wanted) => {
  expect(outcome(() => modeOf(flags))).toEqual(wanted)
})

const channel = (name: string) => ({ namespace: 'exposure', labelSelector: `balancing.elf.io/exposure=${name}` })

test.each([
  [{ exposure: '/etc/exposure' }, { directory: '/etc/exposure' }],
  [{ exposure: 'configmaps:exposure' }, channel('stable')],
  [{ exposure: 'configmaps:exposure', channel: 'canary' }, channel('canary')],
  [{ exposure: 'dir', channel: 'canary' }, [2, '--channel needs --exposure configmaps:NAMESPACE']],
  [{ exposure: 'configmaps:' }, [2, '--exposure configmaps: names no namespace']],
  [{ exposure: 'configmaps:a/b' }, [2, '--exposure configmaps:a/b names no namespace']],
  [{ exposure: 'configmaps:a', channel: 'a,b' }, [2, '--channel a,b cannot be the value of a label']],
] as const)('the exposure of %j', (flags, wanted) => {
  expect(outcome(() => exposurePlaceOf(flags))).toEqual(wanted)
})
