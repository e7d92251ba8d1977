// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from 'commander'
import type { XdpChoice } from '../../node/edges/xdp-devices.ts'

export interface XdpOptions {
  xdp?: 'native' | 'off'
}

/** The flag for the shortcut by XDP. `otherwise`: what happens when the command line does not say. */
export function withXdp(command: Command, otherwise = 'where the device takes it'): Command {
  const about = `serve packets of known flows at edges by XDP too: native: at every edge, or fail; off: by tc alone (default: ${otherwise})`
  const option = new Option('--xdp <mode>', about).choices(['native', 'off'])
  return command.addOption(process.env.BALANCING_XDP === '' ? option : option.env('BALANCING_XDP'))
}

/** What a command line asks for; `otherwise` when it does not say. */
export function xdpChoiceOf({ xdp }: XdpOptions, otherwise: XdpChoice = 'auto'): XdpChoice {
  return xdp ?? otherwise
}
