// SPDX-License-Identifier: Apache-2.0
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type BindAddress, parseBindAddress } from '../../agent/http/bind-address.ts'
import type { Addresses } from '../../agent/http/servers.ts'

/** Where an agent is asked over HTTP: an address, 'none', or undefined for the default. */
export interface ListenOptions {
  healthAddress?: BindAddress | 'none'
  metricsAddress?: BindAddress | 'none'
  /** The same under the names that kube-proxy has for them. */
  healthzBindAddress?: BindAddress | 'none'
  metricsBindAddress?: BindAddress | 'none'
  dryRun?: boolean
}

/** Those of kube-proxy. */
const HEALTH: BindAddress = { host: undefined, port: 10_256 }
const METRICS: BindAddress = { host: '127.0.0.1', port: 10_249 }

/** The flags for where an agent is asked over HTTP. */
export function withListen(command: Command): Command {
  const health = 'answer /healthz, /livez and /readyz here; none: nowhere (default: 0.0.0.0:10256; none with --dry-run)'
  const metrics =
    'answer /metrics, /proxyMode and /configz here; none: nowhere (default: 127.0.0.1:10249; none with --dry-run)'
  return command
    .addOption(new Option('--health-address <address>', health).argParser(addressFrom))
    .addOption(new Option('--metrics-address <address>', metrics).argParser(addressFrom))
    .addOption(
      new Option('--healthz-bind-address <address>', "kube-proxy's name of --health-address").argParser(addressFrom),
    )
    .addOption(
      new Option('--metrics-bind-address <address>', "kube-proxy's name of --metrics-address").argParser(addressFrom),
    )
}

function addressFrom(text: string): BindAddress | 'none' {
  const address = text === '' || text === 'none' ? 'none' : parseBindAddress(text)
  if (address) return address
  throw new InvalidArgumentError('An address is 0.0.0.0:10256, [::1]:10256, :10256 or none.')
}

/** Where an agent is asked. A dry run stands beside the proxy that serves, which has the usual ports. */
export function addressesOf({ dryRun, ...options }: ListenOptions): Addresses {
  const { healthAddress = options.healthzBindAddress, metricsAddress = options.metricsBindAddress } = options
  const chosen = (given: BindAddress | 'none' | undefined, usual: BindAddress): BindAddress | undefined => {
    if (given === undefined) return dryRun ? undefined : usual
    return given === 'none' ? undefined : given
  }
  return { health: chosen(healthAddress, HEALTH), metrics: chosen(metricsAddress, METRICS) }
}
