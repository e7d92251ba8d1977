// SPDX-License-Identifier: Apache-2.0

/** An entry that is the same whichever contribution has it. */
export interface Entry {
  map: 'frontends' | 'pages' | 'members' | 'source_ranges' | 'devices'
  key: string
  value: string
}
