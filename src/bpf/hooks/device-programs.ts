// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import type { XdpHook } from './attachment.ts'

/** A program that is attached to a device of this network namespace. */
export interface DeviceProgram {
  id: number
  device: string
  place: 'ingress' | 'egress' | XdpHook['mode']
  /** By tcx (Linux 6.6): such programs run before all filters. */
  isTcx: boolean
  /** As the hook has it: of a filter the name of its pin and more; `` for XDP. */
  name: string
}

/** All of them, as `bpftool net show` lists them: whatever a device is called now, and whatever stands in a manifest. */
export async function programsAtDevices(bpf: Bpf): Promise<DeviceProgram[]> {
  const { output, error } = await bpf.run('net', 'show')
  if (error !== undefined || !Array.isArray(output)) throw unreadable(error ?? 'no answer')
  const [{ xdp = [], tc = [] } = {}] = output as Shown[]
  return [
    ...tc.flatMap(({ devname, kind = '', id, prog_id, name = '' }) => {
      const [, by, place] = /^(clsact|ingress|tcx)(?:\/(ingress|egress))?$/.exec(kind) ?? []
      const program = id ?? prog_id
      if (by === undefined || program === undefined) return []
      return [{ id: program, device: devname, place: (place ?? 'ingress') as 'ingress', isTcx: by === 'tcx', name }]
    }),
    ...xdp.flatMap(({ devname, mode = '', id }) => {
      const place = MODES[mode]
      return id === undefined || place === undefined ? [] : [{ id, device: devname, place, isTcx: false, name: '' }]
    }),
  ]
}

/** The modes of XDP by bpftool's names. */
const MODES: Readonly<Record<string, XdpHook['mode']>> = { driver: 'native', generic: 'generic' }

interface Shown {
  xdp?: { devname: string; mode?: string; id?: number }[]
  tc?: { devname: string; kind?: string; id?: number; prog_id?: number; name?: string }[]
}

function unreadable(reason: string) {
  const message = `the programs of network devices cannot be listed: ${reason}`
  return failure(EXIT.nodeNotReady, 'device-unreadable', message, 'run balancing doctor')
}
