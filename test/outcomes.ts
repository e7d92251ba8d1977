// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { familyOf } from '../src/base/address.ts'
import { loadCluster } from '../src/cluster/load.ts'
import { render } from '../src/render/render.ts'
import type { Service, Spec } from '../src/spec/spec.ts'

/** What real sockets met under the real kube-proxy: test/data/kube-proxy (nftables mode, Kubernetes 1.36.3). */
export interface Outcome {
  service: string
  kind: string
  addr: string
  port: number
  mode: 'tcp' | 'udp'
  p11: Met
  n1: Met
  x1: Met
}

/** `ok` names who answered, as `p23:8080`; `fail` how it failed. */
export interface Met {
  ok?: string[]
  fail?: 'refused' | 'dropped'
}

const CLUSTER_FILE = 'test/data/kube-proxy/cluster.json'

export function readOutcomes(): Outcome[] {
  return JSON.parse(readFileSync('test/data/kube-proxy/outcomes.json', 'utf8'))
}

/** pNI, the name the recording gives to pod I of node N, of its address; nN of a node's. */
export function nameOfAddress(address: string): string {
  const v4 = /^10\.244\.(\d)\.1(\d)$/.exec(address) ?? /^fd00:244:(\d)::1(\d)$/.exec(address)
  if (v4) return `p${v4[1]}${v4[2]}`
  const node = /^192\.168\.50\.(\d)$/.exec(address) ?? /^fd00:50::(\d)$/.exec(address)
  return node ? `n${node[1]}` : address
}

/** The recorded cluster's spec, rendered. */
export function recordedSpec(): Spec {
  return render(loadCluster([{ name: CLUSTER_FILE, bytes: readFileSync(CLUSTER_FILE) }]).value!).spec
}

/**
 * What a recorded row means for a client on n1. `answers` are backends: all of them, or (under affinity, which showed
 * one of several) some. `untouched` leaves the socket to the network; `left to n2` is that too, and n2 then decides.
 * `dropped` is what a pod sends from outside the source ranges: nobody tells it.
 */
export type Expected =
  | { answers: string[]; all: boolean }
  | { errno: 'ECONNREFUSED' | 'EHOSTUNREACH' }
  | 'dropped'
  | 'untouched'
  | 'left to n2'

/** Holds recorded rows against a spec: what each means, and where DESIGN 4 deliberately says something else. */
export class Reading {
  readonly #rows: readonly Outcome[]
  readonly #services: Map<string, Service>

  constructor(rows: readonly Outcome[], spec: Spec) {
    this.#rows = rows
    this.#services = new Map(spec.services.map(s => [`${s.namespace}/${s.name}`, s]))
  }

  /** Does the frontend of this row have source ranges of its family? */
  hasRanges(row: Outcome): boolean {
    const ranges = this.#services.get(row.service)?.sourceRanges ?? []
    return row.kind === 'loadBalancer' && ranges.some(range => familyOf(range) === familyOf(row.addr))
  }

  /**
   * From a pod of n1 or from n1 itself. On the node a rejected packet shows as dropped, so p11 is asked for both, but where
   * source ranges tell them apart.
   */
  expected(row: Outcome, from: 'p11' | 'n1'): Expected {
    if (!this.#isServed(row)) return 'untouched'
    if (this.hasRanges(row)) return from === 'p11' && row.p11.fail ? 'dropped' : this.met(row, row[from])
    if (row.kind === 'nodePort@n2') {
      if (this.#services.get(row.service)?.externalTrafficPolicy === 'Local') return 'left to n2'
      // External policy Cluster: translated where it is dialled, so it meets what n1's own node port met; under
      // kube-proxy n2 chose, by its own hints.
      return this.met(row, this.#ownNodePort(row).p11)
    }
    return this.met(row, row.p11)
  }

  met(row: Outcome, met: Met): Expected {
    if (met.ok) return { answers: [...met.ok].sort(), all: !this.#services.get(row.service)?.affinitySeconds }
    return { errno: met.fail === 'refused' ? 'ECONNREFUSED' : 'EHOSTUNREACH' }
  }

  /** Is the address of this row one that the spec serves, in its family? */
  #isServed(row: Outcome): boolean {
    const service = this.#services.get(row.service)
    if (!service || row.kind === 'loadBalancerProxy') return false
    return service.clusterIPs.some(ip => familyOf(ip) === familyOf(row.addr))
  }

  /** The row of the same node port and family on n1. */
  #ownNodePort(row: Outcome): Outcome {
    const same = (r: Outcome) => r.port === row.port && r.mode === row.mode && familyOf(r.addr) === familyOf(row.addr)
    return this.#rows.find(r => r.kind === 'nodePort@n1' && same(r))!
  }
}

/** Do these backends (`p23:8080`) agree with what is expected? */
export function agrees(backends: readonly string[], { answers, all }: { answers: string[]; all: boolean }): boolean {
  const found = [...backends].sort()
  return all ? found.join() === answers.join() : answers.every(a => found.includes(a))
}
