// SPDX-License-Identifier: Apache-2.0
import { readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { CONFIG_MAPS, STATE_GROUPS } from '../../datapath/image.ts'
import { mapLayouts } from '../../datapath/layout.gen.ts'
import { formatAttachment, parseAttachment, type RecordedAttachment } from '../hooks/attachment.ts'
import { LISTS, PROGRAM_NAMES, RUNS } from './programs.ts'

/** What a generation consists of. */
export interface Manifest {
  /** The path of each pin in the folder of the generation; of a state map its layout too, otherwise ''. */
  pins: ReadonlyMap<string, string>
  /** What is attached by netlink, in the order of attaching: removing pins does not detach it. */
  attachments: readonly RecordedAttachment[]
  /** Lines that this build does not know: only the build that wrote them knows what they list. */
  unknown: readonly string[]
}

/** What a generation of this build consists of. */
export const OWN_MANIFEST: Manifest = {
  pins: new Map<string, string>([
    ...[...CONFIG_MAPS, 'generation_info'].map(name => [`maps/${name}`, ''] as const),
    ...STATE_GROUPS.flat().map(name => [`maps/${name}`, mapLayouts[name]] as const),
    ...[...PROGRAM_NAMES, ...RUNS].map(name => [`programs/${name}`, ''] as const),
    ...LISTS.map(name => [`lists/${name}`, ''] as const),
  ]),
  attachments: [],
  unknown: [],
}

/** What a generation without a manifest may consist of: pins of these names, of unknown layouts. */
export const ASSUMED_MANIFEST: Manifest = {
  pins: new Map([...OWN_MANIFEST.pins.keys()].map(path => [path, ''])),
  attachments: [],
  unknown: [],
}

/** A symbolic link in the folder of a generation: bpffs has no files, but the target of a link may be any text. */
export const MANIFEST_NAME = 'contents'

/**
 * Writes the manifest into the folder of a generation: `maps/addresses maps/affinity=c6fcfafb96ef4f01 … programs/connect4`,
 * lines that spaces separate, those of attachments behind those of pins. It is made before the first pin and removed after the last, so at any moment every build can
 * tell the pins of another build from unmanaged ones.
 */
export function writeManifest(folder: string, { pins, attachments }: Manifest = OWN_MANIFEST): void {
  const lines = [...pins].map(([path, layout]) => (layout === '' ? path : `${path}=${layout}`))
  lines.push(...attachments.map(formatAttachment))
  symlinkSync(lines.join(' '), join(folder, MANIFEST_NAME))
}

/** The manifest in the folder of a generation, of this build or any other; undefined when there is none. */
export function readManifest(folder: string): Manifest | undefined {
  const lines = targetOf(join(folder, MANIFEST_NAME))?.split(' ')
  if (!lines) return undefined
  const pins = new Map<string, string>()
  const attachments: RecordedAttachment[] = []
  const unknown: string[] = []
  for (const line of lines) {
    const [, path, layout = ''] = PIN.exec(line) ?? []
    const attachment = parseAttachment(line)
    if (path !== undefined) pins.set(path, layout)
    else if (attachment) attachments.push(attachment)
    else unknown.push(line)
  }
  return { pins, attachments, unknown }
}

/** A pin in a folder below that of the generation, and the layout of a state map. Removing a pinned link detaches it. */
const PIN = /^(\w+\/\w+)(?:=([0-9a-f]{16}))?$/

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link)
  } catch {
    return undefined
  }
}
