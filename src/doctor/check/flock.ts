// SPDX-License-Identifier: Apache-2.0
import { runChild } from '../../host/child.ts'
import type { Check } from '../check.ts'
import { fail, ok } from '../finding.ts'

export const flock: Check = {
  name: 'flock',
  about: 'flock is installed: one apply waits for another by it',
  async run() {
    const { failure } = await runChild('flock', ['--version'])
    return failure === undefined ? ok('flock is installed') : fail(failure, 'install util-linux')
  },
}
