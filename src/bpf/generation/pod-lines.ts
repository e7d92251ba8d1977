// SPDX-License-Identifier: Apache-2.0
import type { RecordedAttachment, TcFilter } from '../hooks/attachment.ts'

/** The programs of each device of a pod, in the order in which they are attached. */
const PROGRAMS = [
  ['depart_pod', 'egress'],
  ['arrive_pod', 'ingress'],
] as const

/**
 * Attachments as lines of a manifest: `format` makes one of each, but pods' devices share lines, because a node has hundreds and
 * a manifest has little room. `pods/4026531840/49152/1/cali/0a1b,2c3d`: both programs of cali0a1b and of cali2c3d. A build that
 * does not know such lines refuses the generation, as it must: it could not detach what they list.
 */
export function linesOf(
  attachments: readonly RecordedAttachment[],
  format: (attachment: RecordedAttachment) => string,
): string[] {
  const [departing, arriving] = PROGRAMS.map(([program, direction]) =>
    attachments.flatMap(({ program: name, point }) =>
      name === program && point.kind === 'tc' && point.direction === direction ? [point] : [],
    ),
  ) as [TcFilter[], TcFilter[]]
  const listed = new Set(arriving.map(keyOf))
  const shared = departing.filter(point => listed.has(keyOf(point)))
  const isShared = new Set(shared.map(keyOf))
  const isOfPod = ({ program }: RecordedAttachment) => PROGRAMS.some(([name]) => name === program)
  const others = attachments.filter(a => !(isOfPod(a) && a.point.kind === 'tc' && isShared.has(keyOf(a.point))))
  const groups = Map.groupBy(shared, ({ netns, pref, handle }) => `pods/${netns}/${pref}/${handle}`)
  return [...others.map(format), ...[...groups].map(([start, points]) => `${start}/${namesOf(points)}`)]
}

/** The attachments of a line of pods' devices; undefined when it is none. */
export function parsePodLine(line: string): RecordedAttachment[] | undefined {
  const [, netns, pref, handle, prefix, rest] = LINE.exec(line) ?? []
  const names = rest?.split(',').map(end => decode(`${prefix}${end}`))
  if (!names?.every(name => name !== undefined && name !== '')) return undefined
  return PROGRAMS.flatMap(([program, direction]) =>
    names.map(device => ({
      point: {
        kind: 'tc' as const,
        netns: Number(netns),
        device: device!,
        direction,
        pref: Number(pref),
        handle: Number(handle),
      },
      program,
    })),
  )
}

const LINE = /^pods\/(\d+)\/(\d+)\/(\d+)\/([^/=,]*)\/([^/=]+|)$/

function keyOf({ netns, device, pref, handle }: TcFilter): string {
  return `${netns} ${device} ${pref} ${handle}`
}

/** `cali/0a1b,2c3d`: what all names begin with, and how each goes on. */
function namesOf(points: readonly TcFilter[]): string {
  const names = points.map(({ device }) => encodeURIComponent(device))
  const [first = ''] = names
  let length = 0
  while (length < first.length && names.every(name => name[length] === first[length])) length++
  return `${first.slice(0, length)}/${names.map(name => name.slice(length)).join(',')}`
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
