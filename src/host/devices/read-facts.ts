// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { runChild, stderrLine } from '../child.ts'
import type { DeviceFacts } from './device-facts.ts'
import { parseDevices } from './parse-devices.ts'
import { parseRoutes } from './parse-routes.ts'

/** Reads the devices and routes of this network namespace, by three processes at once. Exit 4 where iproute2 cannot. */
export async function readDeviceFacts(): Promise<DeviceFacts> {
  const [devices, routes4, routes6] = await Promise.all([
    show('-d', 'address'),
    show('-4', 'route', 'show', 'table', 'all'),
    show('-6', 'route', 'show', 'table', 'all'),
  ])
  return { devices: parseDevices(devices), routes: [...parseRoutes(routes4, 4), ...parseRoutes(routes6, 6)] }
}

async function show(...words: string[]): Promise<string> {
  const { stdout, stderr, exitCode, failure: reason } = await runChild('ip', ['-j', ...words])
  if (exitCode === 0) return stdout.trim()
  const message = `the devices of this node cannot be read: ip ${words.join(' ')}: ${reason ?? stderrLine(stderr)}`
  throw failure(EXIT.nodeNotReady, 'devices-unreadable', message, 'install iproute2')
}
