// SPDX-License-Identifier: Apache-2.0
import { deltaBetween } from '../datapath/delta.ts'
import { CONFIG_MAPS, type ConfigMap, type Image } from '../datapath/image.ts'

/** A plan in a file: what one host must hold, key by key, and what it holds once the plan is applied. */
export interface PlanFile {
  /** The node's name; undefined for a host outside the cluster. */
  node: string | undefined
  /** SHA-256, in hex, of the programs of the build that made it. */
  programs: string
  /** What the node had: revisions of spec and programs, in hex; undefined where it had none. */
  base: { revision?: string | undefined; programs?: string | undefined }
  /** Why maps and programs are to be made anew; undefined when they are updated. */
  build: string | undefined
  /** The revision of the spec, in hex. */
  revision: string
  /** Names of the devices that are to be edges. */
  edges: string[]
  /** What was asked for about XDP; undefined: it is for the devices to say. */
  xdp?: 'native' | 'off' | undefined
  /** Names of the host's sides of pods' devices that are to have programs. */
  pods: string[]
  /** Only sockets of the host network namespace are to be translated; undefined: all. */
  sockets?: 'host' | undefined
  /** What the plan does, as lines of text. */
  summary: string[]
  writes: PlannedWrite[]
  /** The canonical text of the spec. */
  spec: string
}

/** A key that is to change. Bytes in hex; undefined where there is no entry. */
export interface PlannedWrite {
  map: ConfigMap
  key: string
  /** What the key is about, in text. */
  about: string
  was: string | undefined
  is: string | undefined
}

/** Every key whose value differs, by map and key. The steps of a plan follow from them. */
export function writesBetween(
  observed: Image,
  desired: Image,
  about: (map: ConfigMap, key: string) => string,
): PlannedWrite[] {
  const { changes } = deltaBetween(observed, desired)
  return CONFIG_MAPS.flatMap(map =>
    changes[map].map(({ key, observed, desired }) => {
      return { map, key: hex(key)!, about: about(map, key), was: hex(observed), is: hex(desired) }
    }),
  )
}

/** The keys that do not hold what a plan expects of them, as it and the present writes tell. */
export function movedKeys(planned: readonly PlannedWrite[], present: readonly PlannedWrite[]): Moved[] {
  const now = new Map(present.map(write => [write.map + write.key, write]))
  const expected = new Map(planned.map(write => [write.map + write.key, write]))
  const moved = planned.flatMap(write => {
    const other = now.get(write.map + write.key)
    // A key that need not be written any more holds what the plan would write.
    const holds = other ? other.was : write.is
    return holds === write.was ? [] : [{ map: write.map, about: write.about, was: write.was, now: holds }]
  })
  const strange = present.filter(write => !expected.has(write.map + write.key))
  return [...moved, ...strange.map(({ map, about, was, is }) => ({ map, about, was: is, now: was }))]
}

/** The keys that would get another value than a plan says: another build makes something else of the same spec. */
export function otherWrites(planned: readonly PlannedWrite[], present: readonly PlannedWrite[]): PlannedWrite[] {
  const expected = new Map(planned.map(write => [write.map + write.key, write]))
  return present.filter(write => {
    const plan = expected.get(write.map + write.key)
    return plan !== undefined && plan.is !== write.is
  })
}

/** What a key held when the plan was made, and what it holds now, in hex. */
export interface Moved {
  map: ConfigMap
  about: string
  was: string | undefined
  now: string | undefined
}

function hex(bytes: string | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes, 'latin1').toString('hex')
}
