// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { CONFIG_MAPS, EDGE_STATE_GROUPS, EDGE_STATE_MAPS, STATE_GROUPS } from '../../datapath/image.ts'
import { mapLayouts } from '../../datapath/layout.gen.ts'
import { formatAttachment, parseAttachment, type RecordedAttachment } from '../hooks/attachment.ts'
import { linesOf, parsePodLine } from './pod-lines.ts'
import {
  DESTROYER,
  EDGE_PROGRAM_NAMES,
  EDGE_RUNS,
  FLOW_LIST,
  LISTS,
  PROGRAM_NAMES,
  RUNS,
  XDP_PROGRAM,
} from './programs.ts'
import { XDP_RECORD_PINS } from './xdp-record.ts'

/** What a generation consists of. */
export interface Manifest {
  /** The path of each pin in the folder of the generation; of a state map its layout too, otherwise ''. */
  pins: ReadonlyMap<string, string>
  /** What is attached by netlink, in the order of attaching: removing pins does not detach it. */
  attachments: readonly RecordedAttachment[]
  /** Lines that this build does not know: only the build that wrote them knows what they list. */
  unknown: readonly string[]
}

/** A symbolic link in the folder of a generation: bpffs has no files, but the target of a link may be any text. */
export const MANIFEST_NAME = 'contents'

/** Where a manifest is made that is to replace another one. It is listed as a pin, so that a link that a kill leaves there is known. */
const NEXT_MANIFEST = 'next/contents'

const SOCKET_PINS: readonly (readonly [path: string, layout: string])[] = [
  ...[...CONFIG_MAPS, 'generation_info'].map(name => [`maps/${name}`, ''] as const),
  ...STATE_GROUPS.flat().map(name => [`maps/${name}`, mapLayouts[name]] as const),
  ...[...PROGRAM_NAMES, ...RUNS].map(name => [`programs/${name}`, ''] as const),
  ...[...LISTS, DESTROYER].map(name => [`lists/${name}`, ''] as const),
]

const EDGE_PINS: readonly (readonly [path: string, layout: string])[] = [
  ...EDGE_STATE_MAPS.map(
    name => [`maps/${name}`, EDGE_STATE_GROUPS.flat().includes(name) ? mapLayouts[name] : ''] as const,
  ),
  ...[...EDGE_PROGRAM_NAMES, XDP_PROGRAM, ...EDGE_RUNS].map(name => [`programs/${name}`, ''] as const),
  ...[`lists/${FLOW_LIST}`, NEXT_MANIFEST, ...XDP_RECORD_PINS].map(path => [path, ''] as const),
]

/** What a generation of this build consists of: without attachments to devices it has no programs and maps of edges. */
export function manifestWith(attachments: readonly RecordedAttachment[]): Manifest {
  const pins = new Map(attachments.length === 0 ? SOCKET_PINS : [...SOCKET_PINS, ...EDGE_PINS])
  return { pins, attachments, unknown: [] }
}

/** The paths of all pins that a generation of this build may have. */
export const OWN_PINS: ReadonlySet<string> = new Set([...SOCKET_PINS, ...EDGE_PINS].map(([path]) => path))

/** What a generation without a manifest may consist of: pins of these names, of unknown layouts. */
export const ASSUMED_MANIFEST: Manifest = {
  pins: new Map([...OWN_PINS].map(path => [path, ''])),
  attachments: [],
  unknown: [],
}

/** The longest text that a link can hold. */
const MOST_TEXT = 4095

/**
 * Writes the manifest into the folder of a generation: `maps/addresses maps/affinity=c6fcfafb96ef4f01 … programs/connect4`,
 * lines that spaces separate, those of attachments behind those of pins. It is made before the first pin and removed after the last, so at any moment every build can
 * tell the pins of another build from unmanaged ones.
 */
export function writeManifest(folder: string, manifest: Manifest): void {
  symlinkSync(textOf(manifest), join(folder, MANIFEST_NAME))
}

/** Writes another manifest in place of the one that is there, which lists what devices have programs: at any moment there is one of both. */
export function replaceManifest(folder: string, manifest: Manifest): void {
  const next = join(folder, NEXT_MANIFEST)
  mkdirSync(dirname(next), { recursive: true, mode: 0o700 })
  rmSync(next, { force: true })
  symlinkSync(textOf(manifest), next)
  renameSync(next, join(folder, MANIFEST_NAME))
}

/** Refuses (exit 4) more devices than a manifest has room for. */
function textOf({ pins, attachments }: Manifest): string {
  const lines = [...pins].map(([path, layout]) => (layout === '' ? path : `${path}=${layout}`))
  const text = [...lines, ...linesOf(attachments, formatAttachment)].join(' ')
  if (text.length <= MOST_TEXT) return text
  const devices = new Set(attachments.map(({ point }) => point.device)).size
  const message = `a generation cannot list programs of ${devices} devices: the list has room for ${MOST_TEXT} bytes`
  throw failure(EXIT.nodeNotReady, 'too-many-edges', message, 'name fewer devices by --device and --pods')
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
    const ofPods = parsePodLine(line)
    if (path !== undefined) pins.set(path, layout)
    else if (attachment) attachments.push(attachment)
    else if (ofPods) attachments.push(...ofPods)
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
