// SPDX-License-Identifier: Apache-2.0
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { DeviceChoice } from '../../node/edges/resolve-edges.ts'

export interface DeviceOptions {
  device?: string[]
}

/** The flag for the devices whose packets are translated. */
export function withDevices(command: Command, otherwise = 'auto'): Command {
  const about = `make this device an edge: its packets are translated too; repeatable; auto: those that the node's addresses and routes give; none: sockets only (default: ${otherwise})`
  const option = new Option('--device <name>', about).argParser(collected)
  return command.addOption(process.env.BALANCING_DEVICE === '' ? option : option.env('BALANCING_DEVICE'))
}

/** Names of devices have no white space, so a variable may hold several. */
function collected(text: string, before: readonly string[] = []): string[] {
  const all = [...before, ...text.split(/\s+/).filter(Boolean)]
  if (text.trim() === '') throw new InvalidArgumentError('A device has a name.')
  const word = all.find(name => name === NONE || name === AUTO)
  if (word !== undefined && all.length > 1) throw new InvalidArgumentError(`${word} stands alone.`)
  return all
}

const NONE = 'none'
const AUTO = 'auto'

/** The devices that a command line asks for; `otherwise` when it does not say. */
export function devicesOf({ device }: DeviceOptions, otherwise: DeviceChoice): DeviceChoice {
  if (device === undefined) return otherwise
  if (device.includes(AUTO)) return 'facts'
  return device.includes(NONE) ? 'none' : namedDevices(device)
}

export function namedDevices(names: readonly string[]): DeviceChoice {
  return names.length === 0 ? 'none' : { named: names }
}
