import { readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { CONFIG_MAPS, STATE_GROUPS } from '../datapath/image.ts'
import { mapLayouts } from '../datapath/layout.gen.ts'
import { LISTS, PROGRAM_NAMES, RUNS } from './programs.ts'

/** What a generation consists of: the path of each pin in its folder, and for memory its layout (otherwise ''). */
export type Manifest = ReadonlyMap<string, string>

/** What a generation of this build consists of. */
export const OWN_MANIFEST: Manifest = new Map<string, string>([
  ...[...CONFIG_MAPS, 'identity'].map(name => [`maps/${name}`, ''] as const),
  ...STATE_GROUPS.flat().map(name => [`maps/${name}`, mapLayouts[name]] as const),
  ...[...PROGRAM_NAMES, ...RUNS].map(name => [`programs/${name}`, ''] as const),
  ...LISTS.map(name => [`lists/${name}`, ''] as const),
])

/** What one without a record may consist of: pins of these names, and who knows what they remember. */
export const UNRECORDED: Manifest = new Map([...OWN_MANIFEST.keys()].map(path => [path, '']))

/** Beside the folders of a generation. bpffs has no files, but it has links, and those may say anything. */
export const RECORD = 'contents'

/**
 * Records in a folder what will be there: `maps/addresses maps/affinity=c6fcfafb96ef4f01 … programs/connect4`. First
 * written and last removed, so that every build can tell a generation of any other build from what a stranger left.
 */
export function writeManifest(folder: string): void {
  const words = [...OWN_MANIFEST].map(([path, layout]) => (layout === '' ? path : `${path}=${layout}`))
  symlinkSync(words.join(' '), join(folder, RECORD))
}

/** What the record in a folder says; undefined when there is none, or none that we could have written. */
export function readManifest(folder: string): Manifest | undefined {
  const words = linkIn(folder)
    ?.split(' ')
    .map(word => /^(\w+\/\w+)(?:=([0-9a-f]{16}))?$/.exec(word))
  if (!words?.every(word => word !== null)) return undefined
  return new Map(words.map(([, path, layout = '']) => [path!, layout]))
}

function linkIn(folder: string): string | undefined {
  try {
    return readlinkSync(join(folder, RECORD))
  } catch {
    return undefined
  }
}
