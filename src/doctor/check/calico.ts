import { CALICO } from '../known-proxies.ts'
import { otherProxyCheck } from '../other-proxy.ts'

export const calico = otherProxyCheck('calico', CALICO)
