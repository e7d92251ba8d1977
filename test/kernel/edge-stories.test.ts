// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from 'vitest'
import { formatBackend } from '../../src/datapath/backend.ts'
import type { Image } from '../../src/datapath/image.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { ethernet, packetOf } from '../packets/ethernet.ts'
import { parsePacket } from '../packets/parse.ts'
import { type Run, runProgram, TC_ACT } from '../packets/run-program.ts'
import { imageWithEdge, isOnNode, type PacketRow, packetRows } from '../packets/story-packets.ts'
import { tcp, udp } from '../packets/transport.ts'
import { readStories, specOf } from '../story.ts'
import { type EdgeProgram, EdgePrograms } from './edge-programs.ts'
import { describeKernel } from './suite.ts'
import { pinsOf } from './traces.ts'

/** So many source ports for each backend that one is missed by chance in less than one row in 10⁶. */
const PORTS_A_BACKEND = 30
/** No more refusals than the programs send at once. */
const PORTS_REFUSED = 3

/** The packets tables of the stories, as the twin was held to them, on the real programs. */
describeKernel('stories of packets on the real programs', () => {
  let programs: EdgePrograms
  beforeAll(() => {
    programs = new EdgePrograms(pinsOf(`bal-${process.pid}-edge-stories`))
  })
  afterAll(() => programs?.close())

  for (const story of readStories())
    for (const [section, table] of story.sections) {
      const [node, what] = section.split('.') as [string, string]
      if (what !== 'packets') continue
      it(`${story.path} on ${node}`, () => {
        const spec = specOf(story).spec!
        const image: Image = imageWithEdge(spec, node)
        programs.forget()
        programs.write(image)
        for (const row of packetRows(table))
          expect([...met(row, spec, node)].sort(), JSON.stringify(row)).toEqual(wanted(row))
      })
    }

  /** What became of the first packets from many source ports. */
  function met(row: PacketRow, spec: Spec, node: string): Set<string> {
    const all = new Set<string>()
    const isForwarded = row.expected.includes(':')
    const ports = isForwarded ? wanted(row).length ** 2 * PORTS_A_BACKEND : PORTS_REFUSED
    for (let port = 40_000; port < 40_000 + ports; port++) {
      all.add(once(row, spec, node, port))
      if (isForwarded && all.size === wanted(row).length && port > 40_000 + PORTS_A_BACKEND) break
    }
    return all
  }

  function once({ client, to }: PacketRow, spec: Spec, node: string, port: number): string {
    const ends = { from: { address: client, port }, to }
    const sent = to.protocol === 'TCP' ? tcp(ends) : udp(ends)
    const arrived = run('arrive', ethernet(sent, new Uint8Array(6)))
    if (arrived.retval === TC_ACT.SHOT) return 'drop'
    if (arrived.retval === TC_ACT.REDIRECT) return 'refuse'
    const between = parsePacket(packetOf(arrived.packet)!)!
    if (formatBackend(between.to) === formatBackend(to)) return 'pass'
    const seen = isOnNode(spec, node, between.to.address)
      ? between
      : parsePacket(packetOf(run('depart', arrived.packet).packet)!)!
    return formatBackend(seen.to) + (seen.from.address === client ? '' : ` as ${seen.from.address}`)
  }

  function run(program: EdgeProgram, frame: Uint8Array): Run {
    return runProgram(programs.program(program), frame)
  }
})

function wanted({ expected }: PacketRow): string[] {
  return expected.split(', ').sort()
}
