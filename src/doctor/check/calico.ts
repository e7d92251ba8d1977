// SPDX-License-Identifier: Apache-2.0
import { CALICO } from '../known-proxies.ts'
import { otherProxyCheck } from '../other-proxy.ts'

export const calico = otherProxyCheck('calico', CALICO)
