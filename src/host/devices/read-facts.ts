// SPDX-License-Identifier: Apache-2.0
import { runChild, stderrLine } from '../child.ts'
import type { DeviceFacts } from './device-facts.ts'
import { parseDevices } from './parse-devices.ts'
import { parseRoutes } from './parse-routes.ts'
import { unreadable } from './unreadable.ts'

/** Reads the devices and routes of this network namespace, by three processes at once. Exit 4 where iproute2 cannot. */
export async function readDeviceFacts(): Promise<DeviceFacts> {
  const [devices, routes4, routes6] = await Promise.all([
    show(parseDevices, '-d', 'address'),
    show(json => parseRoutes(json, 4), '-4', 'route', 'show', 'table', 'all'),
    show(json => parseRoutes(json, 6), '-6', 'route', 'show', 'table', 'all'),
  ])
  return { devices, routes: [...routes4, ...routes6] }
}

async function show<T>(parse: (json: string) => T[] | string, ...words: string[]): Promise<T[]> {
  const { stdout, stderr, exitCode, failure: reason } = await runChild('ip', ['-j', ...words])
  if (exitCode !== 0) throw unreadable(`ip ${words.join(' ')}: ${reason ?? stderrLine(stderr)}`)
  const shown = parse(stdout)
  if (typeof shown === 'string') throw unreadable(shown)
  return shown
}
