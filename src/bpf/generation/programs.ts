// SPDX-License-Identifier: Apache-2.0
import { dirname, join } from 'node:path'
import type { Image } from '../../datapath/image.ts'

/**
 * The programs of the object and the cgroup hook each is attached to, by bpftool's names, in the order in which they are
 * attached: programs that check packets, release slots and show addresses come before those that choose backends.
 */
export const PROGRAMS = {
  egress: 'egress',
  release: 'sock_release',
  getpeername4: 'getpeername4',
  getpeername6: 'getpeername6',
  recvmsg4: 'recvmsg4',
  recvmsg6: 'recvmsg6',
  connect4: 'connect4',
  connect6: 'connect6',
  sendmsg4: 'sendmsg4',
  sendmsg6: 'sendmsg6',
} as const

export type ProgramName = keyof typeof PROGRAMS
export const PROGRAM_NAMES = Object.keys(PROGRAMS) as ProgramName[]

/**
 * The programs that are attached nowhere, but run by apply, and write the map `generation_info`: the first once for each
 * generation, the second once for one whose scope is the host, the third whenever an apply has finished.
 */
export const RUNS = ['begin_handover', 'limit_to_host', 'finish_handover'] as const
export type Run = (typeof RUNS)[number] | (typeof EDGE_RUNS)[number]

/**
 * The programs of edges and the direction that each is for, in the order in which they are attached: while only departures are
 * translated nothing changes, as no flow has a record. Of each direction one is for Ethernet, one for devices without a
 * link-layer header, one for the node's side of a pod's device.
 */
export const EDGE_PROGRAMS = {
  depart: 'egress',
  depart_raw: 'egress',
  depart_pod: 'egress',
  arrive: 'ingress',
  arrive_raw: 'ingress',
  arrive_pod: 'ingress',
} as const
export type EdgeProgramName = keyof typeof EDGE_PROGRAMS
export const EDGE_PROGRAM_NAMES = Object.keys(EDGE_PROGRAMS) as EdgeProgramName[]

/** In the same object, and pinned with them: the program for XDP. */
export const XDP_PROGRAM = 'express'

/** Maps that the loader makes for the programs of edges and that no pin holds: what they hold is worth nothing to a later generation. */
export const UNPINNED_MAPS: readonly string[] = ['work']

/** Run once for each generation with edges: it draws the secret of the flow records, if it did not inherit one. */
export const EDGE_RUNS = ['begin_flows'] as const

/** The compiled programs of edges: they are shipped beside those of sockets. */
export function edgeObject(object: string): string {
  return join(dirname(object), 'edge.bpf.o')
}

/**
 * Lists of sockets, by the map that they walk: iterators, each of an object of its own (`list_NAME`), which is all that
 * bpftool can pin.
 */
export const LISTS = ['socket_slots', 'socket_revnat'] as const

/** The list of flow records, an iterator over the map of that name; only with edges. */
export const FLOW_LIST = 'flows'
export type List = (typeof LISTS)[number] | typeof FLOW_LIST

/** The object of a list: it is shipped beside that of the programs. */
export function listObject(object: string, name: List): string {
  return join(dirname(object), `list_${name}.bpf.o`)
}

/** The iterator that destroys sockets, by its function and its object; pinned only while it is being loaded. */
export const DESTROYER = 'destroy_sockets'

/** The programs that must be attached to serve an image: packets are looked at only where some frontend has source ranges. */
export function programsFor(image: Image): ProgramName[] {
  return PROGRAM_NAMES.filter(name => name !== 'egress' || image.source_ranges.size > 0)
}

/** A hook as PROGRAMS has it, from how `bpftool cgroup show` names it. */
export function hookName(hook: string): string {
  const [, family, call] = /^cgroup_(?:inet|udp)([46])_([a-z]+)$/.exec(hook) ?? []
  return call === undefined ? hook.replace(/^cgroup_inet_/, '') : call + family
}

/** Is a hook one that a program of ours is for? */
export function isOurHook(hook: string): boolean {
  return Object.values<string>(PROGRAMS).includes(hookName(hook))
}

/** The type, as `bpftool prog show` names it, of programs that may change addresses as ours do. */
export const ADDRESS_TYPE = 'cgroup_sock_addr'

/** Is a hook one of those where such programs meet? */
export function isAddressHook(hook: string): boolean {
  return isOurHook(hook) && /[46]$/.test(hookName(hook))
}
