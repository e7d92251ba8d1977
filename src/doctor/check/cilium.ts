// SPDX-License-Identifier: Apache-2.0
import { CILIUM } from '../known-proxies.ts'
import { otherProxyCheck } from '../other-proxy.ts'

export const cilium = otherProxyCheck('cilium', CILIUM)
