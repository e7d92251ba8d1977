// SPDX-License-Identifier: Apache-2.0
import { type Arm, attachTc, attachXdp, makeArm } from '../test/kernel/arm.ts'
import type { EdgePrograms } from '../test/kernel/edge-programs.ts'
import type { Bench } from './bench.ts'
import { printNs, printRatio } from './columns.ts'
import { loadEdge } from './edge-programs.ts'
import { figureOf, grouped, printTable } from './figures.ts'
import { nameOf, type Size } from './many-services.ts'
import { type Destination, FRAME_BYTES, writePackets } from './packet-files.ts'
import { measurePackets, type PacketRow, type PacketTimes, REPEATS, send } from './packet-rows.ts'
import type { Scratch } from './scratch.ts'

const FEW: Size = { services: 10, endpoints: 5, family: 4, protocol: 'UDP' }
const MANY: Size = { ...FEW, services: 50_000 }

/** A row of the table. */
interface Cost {
  name: string
  hook: PacketRow['hook']
  /** Of the harness or of the edge. */
  program: string
  flows: number
  destination?: Destination
  kind?: PacketRow['kind']
  /** The verdict that says that the program did what is measured. */
  verdict: number
  asked?: string
}

const [TX, UNSPEC] = [3, -1]
const FLOOR = { hook: 'xdp', program: 'floor_xdp', verdict: TX } as const
const EXPRESS = { hook: 'xdp', program: 'express', verdict: TX } as const
const TC = { hook: 'tc', verdict: UNSPEC } as const

const COSTS: readonly Cost[] = [
  { name: 'xdp-floor-1', ...FLOOR, flows: 1 },
  { name: 'xdp-1', ...EXPRESS, flows: 1, asked: '3' },
  { name: 'xdp-floor-4096', ...FLOOR, flows: 4_096 },
  { name: 'xdp-4096', ...EXPRESS, flows: 4_096, asked: '3.3' },
  { name: 'xdp-floor-65536', ...FLOOR, flows: 65_536 },
  { name: 'xdp-65536', ...EXPRESS, flows: 65_536, asked: '3.6' },
  { name: 'tc-floor', ...TC, program: 'floor_tc', flows: 4_096 },
  { name: 'tc-one-array-lookup', ...TC, program: 'array_tc', flows: 4_096 },
  { name: 'depart-none-of-ours', ...TC, program: 'depart', flows: 4_096, destination: 'elsewhere' },
  { name: 'arrive-none-of-ours', ...TC, program: 'arrive', flows: 4_096, destination: 'elsewhere' },
  { name: 'arrive', ...TC, program: 'arrive', flows: 4_096 },
  { name: 'depart-masqueraded', ...TC, program: 'depart', flows: 4_096, kind: 'departing' },
  { name: 'depart-answer', ...TC, program: 'depart', flows: 4_096, kind: 'answering' },
  { name: 'arrive-new-flow', ...TC, program: 'arrive', flows: 4_096, kind: 'fresh' },
]

/** What is measured over the Services of one size. */
interface Node {
  size: Size
  arm: Arm
  edge: EdgePrograms
  times: Map<string, PacketTimes>
}

/** A table of what programs take for a packet. */
export async function packetCosts(bench: Bench, harness: string): Promise<string> {
  const nodes: [Node, Node] = [
    makeNode(bench.scratch, FEW, 'few', harness),
    makeNode(bench.scratch, MANY, 'many', harness),
  ]
  for (let round = 0; round < bench.rounds; round++) {
    process.stderr.write(`packets: round ${round + 1} of ${bench.rounds}\n`)
    for (const node of nodes) await measureNode(bench, node, harness, round)
  }
  const rows = COSTS.map(cost => [cost.name, ...cells(nodes, cost), cost.asked ?? ''])
  const heads = nodes.flatMap(({ size }) => [nameOf(size), '× floor'])
  return `## Packets\n
ns a packet of ${FRAME_BYTES} bytes (IPv4, UDP), by test runs of the programs, the packet restored before each: median [range] of ${bench.rounds}
interleaved rounds, each the median of five runs over ${grouped(REPEATS)} packets, the flows in no order. All figures hold what restoring takes; the floors
restore a packet and do nothing. × floor: the ratio to the floor of the same flows, within each round. growth: ${grouped(MANY.services)} Services to
${FEW.services}. share: of the flows that the program served itself, the least of the rounds. Flows are made by packets that pass a node whose
programs are attached; a new flow is one whose source was never seen, while the records of the least recently used give way.\n
${printTable(['packet', ...heads, 'growth', 'share', 'asked: × floor'], rows)}`
}

function makeNode(scratch: Scratch, size: Size, name: string, harness: string): Node {
  const arm = makeArm(scratch.id, name)
  const edge = loadEdge(scratch, size, arm, name)
  attachTc(arm, edge.program('arrive'), edge.program('depart'))
  attachXdp(arm.outside, 'outside', `${harness}/sink_xdp`)
  return { size, arm, edge, times: new Map() }
}

/** One round of every row, each after its flows are made, or renewed. */
async function measureNode({ scratch }: Bench, node: Node, harness: string, round: number): Promise<void> {
  const { size, arm, times } = node
  for (const i of COSTS.keys()) {
    const cost = COSTS[(i + 2 * round) % COSTS.length]!
    if (cost.kind !== 'fresh') await send(harness, arm, writePackets(scratch, size, cost.flows, 'vip'), 2 * cost.flows)
    const measured = await measurePackets(harness, arm, [rowOf(scratch, node, cost, harness)], 1)
    const { ns, verdict, share } = measured.get(cost.name)!
    if (verdict !== cost.verdict) throw new Error(`${cost.name} over ${nameOf(size)} ended with ${verdict}`)
    const all = times.get(cost.name) ?? { ns: [], verdict, share: [] }
    all.ns.push(...ns)
    all.share.push(...share)
    times.set(cost.name, all)
  }
}

function rowOf(scratch: Scratch, { size, edge }: Node, cost: Cost, harness: string): PacketRow {
  const { name, hook, program, flows, destination = 'vip', kind = 'steady' } = cost
  const isOurs = ['express', 'arrive', 'depart'].includes(program)
  return {
    name,
    hook,
    program: isOurs ? edge.program(program as 'express') : `${harness}/${program}`,
    arrive: edge.program('arrive'),
    packets: writePackets(scratch, size, flows, destination),
    kind,
  }
}

function cells([few, many]: readonly [Node, Node], cost: Cost): string[] {
  const floor = cost.hook === 'tc' ? 'tc-floor' : `xdp-floor-${cost.flows}`
  const of = ({ times }: Node, name = cost.name) => times.get(name)!.ns
  const share = Math.min(...[few, many].flatMap(({ times }) => times.get(cost.name)!.share))
  return [
    ...[few, many].flatMap(node => [printNs(of(node)), printRatio(of(node), of(node, floor))]),
    (figureOf(of(many)).median / figureOf(of(few)).median).toFixed(2),
    share.toFixed(3),
  ]
}
