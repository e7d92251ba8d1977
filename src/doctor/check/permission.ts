// SPDX-License-Identifier: Apache-2.0
import { requirePrivilege } from '../../host/preflight.ts'
import type { Check } from '../check.ts'
import { ok } from '../finding.ts'

export const permission: Check = {
  name: 'permission',
  about: 'the process has CAP_SYS_ADMIN, which loading, pinning and attaching need',
  run() {
    requirePrivilege()
    return ok('the process has CAP_SYS_ADMIN')
  },
}
