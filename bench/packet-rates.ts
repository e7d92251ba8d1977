// SPDX-License-Identifier: Apache-2.0
import { type Arm, attachTc, attachXdp, makeArm, within } from '../test/kernel/arm.ts'
import type { Bench } from './bench.ts'
import { printRatio } from './columns.ts'
import { loadEdge } from './edge-programs.ts'
import { figureOf, grouped, printFigure, printTable } from './figures.ts'
import { nftScripts } from './kube-proxy-nft.ts'
import type { Size } from './many-services.ts'
import { type Destination, FRAME_BYTES, writePackets } from './packet-files.ts'
import { send } from './packet-rows.ts'

const SIZE: Size = { services: 10, endpoints: 5, family: 4, protocol: 'UDP' }
const FLOWS = 4_096
const FRAMES = 1_000_000

/** A way for packets: what a node does with them. */
interface Way {
  name: string
  arm: Arm
  /** Whom the packets are for: only the kernel alone cannot send on what is for a VIP. */
  destination: Destination
}

const NFT = 'nftables of kube-proxy'
const FLOWTABLE = `${NFT}, flowtable`

/** A table of how many packets a second come through a node. */
export async function packetRates(bench: Bench, harness: string): Promise<string> {
  const ways = makeWays(bench, harness)
  const rates = new Map(ways.map(({ name }) => [name, [] as number[]]))
  for (let round = 0; round < bench.rounds; round++) {
    process.stderr.write(`packets on their way: round ${round + 1} of ${bench.rounds}\n`)
    for (const i of ways.keys()) {
      const { name, arm, destination } = ways[(i + round) % ways.length]!
      const file = writePackets(bench.scratch, SIZE, FLOWS, destination)
      if (round === 0) await send(harness, arm, file, 4 * FLOWS)
      rates.get(name)!.push(await send(harness, arm, file, FRAMES))
    }
  }
  const of = (name: string) => rates.get(name)
  const ratio = (a: number[], b: number[] | undefined) => (b ? printRatio(a, b) : 'no flowtable in this kernel')
  const rows = [...rates].map(([name, values]) => [
    name,
    printFigure(figureOf(values.map(rate => rate / 1e6)), 2),
    ...['reflect', 'kernel alone', NFT, FLOWTABLE].map(other => ratio(values, of(other))),
  ])
  return `### On their way\n
Million packets a second through a node with one device, which they come by and leave by: median [range] of ${bench.rounds} interleaved rounds of ${grouped(FRAMES)}
frames of ${FRAME_BYTES} bytes over a veth pair, ${grouped(FLOWS)} UDP flows to ${SIZE.services} Services. One processor makes the frames, runs the node and counts what comes
back, so all of that is in the figure. reflect: XDP that swaps the MAC addresses and transmits. kernel alone: forwarding, to the backends themselves. Then the
ratios within each round.\n
${printTable(['node', 'Mpps', '× reflect', '× kernel alone', '× nftables', '× flowtable'], rows)}`
}

function makeWays({ scratch }: Bench, harness: string): Way[] {
  const make = (name: string, id: string, destination: Destination = 'vip'): Way => {
    const arm = makeArm(scratch.id, id)
    attachXdp(arm.outside, 'outside', `${harness}/sink_xdp`)
    return { name, arm, destination }
  }
  const [reflect, kernel] = [make('reflect', 'reflect'), make('kernel alone', 'kernel', 'backend')]
  const [tc, xdp] = [make('tc', 'tc'), make('tc and XDP', 'xdp')]
  const [nft, flowtable] = [make(NFT, 'nft'), make(FLOWTABLE, 'flowtable')]
  const edge = loadEdge(scratch, SIZE, tc.arm, 'ways')
  for (const { arm } of [tc, xdp]) attachTc(arm, edge.program('arrive'), edge.program('depart'))
  attachXdp(xdp.arm.node, 'node', edge.program('express'))
  attachXdp(reflect.arm.node, 'node', `${harness}/reflect_xdp`)
  for (const { arm } of [nft, flowtable])
    for (const script of nftScripts(SIZE, SIZE.services)) within(arm.node, 'nft', ['-f', '-'], script)
  const ways = [reflect, kernel, tc, xdp, nft]
  return addFlowtable(flowtable.arm) ? [...ways, flowtable] : ways
}

/** What KEP-4963 proposed: flows that go on skip the rules. False: the kernel has no flowtable. */
function addFlowtable({ node }: Arm): boolean {
  try {
    within(node, 'nft', ['-f', '-'], FLOWTABLE_RULES)
    return true
  } catch {
    return false
  }
}

const FLOWTABLE_RULES = `
table inet offload {
  flowtable offloaded { hook ingress priority filter; devices = { node }; }
  chain forward {
    type filter hook forward priority filter;
    meta l4proto { tcp, udp } flow add @offloaded
  }
}
`
