// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import type { AgentOptions } from './agent-options.ts'

/** Where the reviewed exposure is: a directory, or ConfigMaps with a label. */
type ExposurePlace = { directory: string } | { namespace: string; labelSelector: string }

const LABEL = 'balancing.elf.io/exposure'
const CONFIG_MAPS = 'configmaps:'
/** A namespace is a DNS label; a channel is the value of a label. */
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const CHANNEL = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/

/** What --exposure and --channel say. Other values are wrong use (exit 2). */
export function exposurePlaceOf({ exposure = '', channel }: Pick<AgentOptions, 'exposure' | 'channel'>): ExposurePlace {
  if (!exposure.startsWith(CONFIG_MAPS)) {
    if (channel === undefined) return { directory: resolve(exposure) }
    throw wrong('--channel needs --exposure configmaps:NAMESPACE', 'a directory has no channels')
  }
  const namespace = exposure.slice(CONFIG_MAPS.length)
  if (!NAMESPACE.test(namespace)) throw wrong(`--exposure ${exposure} names no namespace`, 'configmaps:NAMESPACE')
  const value = channel ?? 'stable'
  if (!CHANNEL.test(value)) throw wrong(`--channel ${value} cannot be the value of a label`, 'stable, canary')
  return { namespace, labelSelector: `${LABEL}=${value}` }
}

/** What texts call it: `directory /etc/balancing/exposure`. */
export function formatExposurePlace(place: ExposurePlace): string {
  if ('directory' in place) return `directory ${place.directory}`
  return `ConfigMaps ${whereOf(place)}`
}

/** Which ConfigMaps count. */
export function whereOf({ namespace, labelSelector }: Exclude<ExposurePlace, { directory: string }>): string {
  return `in namespace ${namespace} with the label ${labelSelector}`
}

function wrong(message: string, hint: string) {
  return failure(EXIT.usage, 'bad-arguments', message, hint)
}
