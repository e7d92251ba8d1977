// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from './bench.ts'
import { printRatio } from './columns.ts'
import { figureOf, grouped, printFigure, printTable } from './figures.ts'
import { KUBE_PROXY_MODES, makeKubeProxyPath } from './kube-proxy.ts'
import { BACKEND_PORT, backends, hits, nameOf, type Size } from './many-services.ts'
import { makePath, type Path } from './path.ts'
import { CALLS, measureRows, type Row } from './rows.ts'
import { newCgroup, type Scratch } from './scratch.ts'
import { setupOf } from './setup.ts'

/** What a new flow costs from end to end, against none of it and against kube-proxy. */
export async function flows(bench: Bench): Promise<string> {
  const sizes = SIZES.filter(size => bench.only.test(nameOfFlow(size)))
  const plain = await makePath(bench.scratch, 'plain')
  const rows: Row[] = []
  for (const [number, size] of sizes.entries()) rows.push(...(await rowsOf(bench, number, size, plain)))
  process.stderr.write(`new flows: ${bench.rounds} rounds\n`)
  const times = await measureRows(rows, bench.rounds, { mode: 'whole', batches: BATCHES })
  const dataplanes = ['look', ...bench.variants.map(({ name }) => name), ...KUBE_PROXY_MODES]
  const table = sizes.map((size, number) => {
    const of = (dataplane: string) => times[number]!.get(dataplane)!.whole
    const others = dataplanes.flatMap(dataplane => [
      printMicroseconds(of(dataplane)),
      printRatio(of(dataplane), of('none')),
    ])
    return [nameOfFlow(size), printMicroseconds(of('none')), ...others]
  })
  return `## New flows\n
µs from end to end: UDP socket, connect, one datagram, close; TCP socket, connect, accept, reset, close. Client, node and server
are network namespaces, one thread does everything, so that all work of the kernel is in the figure. "none" dials the backends
themselves; \`look\` does one hash lookup at connect() and rewrites; nft and iptables: the rules that kube-proxy makes of the
same Services, on the node. Median [range] of ${bench.rounds} interleaved rounds, each the median of ${BATCHES} batches of ${grouped(CALLS)}, and the ratio
to "none" within each.\n
${printTable(['flow', 'none', ...dataplanes.flatMap(name => [name, '× none'])], table)}`
}

/** Few, and more rounds: a spell of a noisy machine then meets all dataplanes. */
const BATCHES = 3

export const SIZES = ([1_000, 10_000] as const).flatMap(services =>
  (['UDP', 'TCP'] as const).map((protocol): Size => ({ services, endpoints: 5, family: 4, protocol })),
)

export function nameOfFlow(size: Size): string {
  return `${nameOf(size)}, ${size.protocol}`
}

async function rowsOf(bench: Bench, contest: number, size: Size, plain: Path): Promise<Row[]> {
  const { scratch, variants } = bench
  const cgroup = newCgroup(scratch, `flows-${contest}`)
  const row = (dataplane: string, path: Path, cgroup: string, text: string) =>
    flowRow(scratch, { contest, dataplane, path, cgroup, protocol: size.protocol, addresses: text })
  const rows = [row('none', plain, cgroup, backends(size))]
  const setup = await setupOf(bench, size)
  for (const name of ['look', ...variants.map(({ name }) => name)])
    rows.push(row(name, plain, setup.get(name)!.cgroup, hits(size)))
  for (const mode of KUBE_PROXY_MODES) {
    process.stderr.write(`${mode}: rules for ${nameOfFlow(size)}\n`)
    rows.push(row(mode, await makeKubeProxyPath(scratch, mode, size), cgroup, hits(size)))
  }
  return rows
}

/** A row of new flows to `addresses`, a text of lines `IP PORT`. */
export function flowRow(
  scratch: Scratch,
  of: Pick<Row, 'contest' | 'dataplane' | 'cgroup' | 'addresses'> & { path: Path; protocol: Size['protocol'] },
): Row {
  const { contest, dataplane, cgroup, path, protocol } = of
  const addresses = join(scratch.files, `flows-${contest}-${dataplane}`)
  writeFileSync(addresses, of.addresses)
  return {
    contest,
    dataplane,
    operation: protocol === 'UDP' ? 'flow' : 'tcp',
    cgroup,
    client: `/run/netns/${path.client}`,
    server: `/run/netns/${path.server}`,
    port: BACKEND_PORT,
    addresses,
    programs: [],
  }
}

export function printMicroseconds(ns: readonly number[]): string {
  return printFigure(figureOf(ns.map(value => value / 1000)), 1)
}
