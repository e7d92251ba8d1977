// SPDX-License-Identifier: Apache-2.0
import { agent } from './agent.ts'
import { readArguments } from './arguments.ts'
import type { Bench } from './bench.ts'
import { code } from './code.ts'
import { connect } from './connect.ts'
import { control } from './control.ts'
import { datagrams } from './datagrams.ts'
import { flows } from './flows.ts'
import { fresh } from './fresh.ts'
import { describeMachine, missingHere } from './machine.ts'
import { memory } from './memory.ts'
import { packets } from './packets.ts'
import { pairs } from './pairs.ts'
import { openScratch, ROOT } from './scratch.ts'
import { steps } from './steps.ts'
import { copyVariant } from './variant.ts'
import { writes } from './writes.ts'

/**
 * Prints benchmark tables in markdown: `node bench/run.ts [SECTION]... [OPTION]...`, all sections when none is named.
 *
 *   --rounds N         instead of each section's own number
 *   --only PATTERN     only rows whose name matches it, where rows have names of Services (10,000×5…)
 *   --ours NAME=PATH   measure this build of ours: a built checkout, or an object in place of this checkout's; repeatable
 *
 * Progress goes to stderr. Figures are information; nothing fails because of one.
 */
const SECTIONS: Record<string, { print: (bench: Bench) => Promise<string>; rounds: number }> = {
  control: { print: control, rounds: 5 },
  connect: { print: connect, rounds: 9 },
  fresh: { print: fresh, rounds: 5 },
  datagrams: { print: datagrams, rounds: 5 },
  flows: { print: flows, rounds: 15 },
  pairs: { print: pairs, rounds: 250 },
  packets: { print: packets, rounds: 7 },
  steps: { print: steps, rounds: 5 },
  writes: { print: writes, rounds: 300 },
  agent: { print: agent, rounds: 1000 },
  memory: { print: memory, rounds: 1 },
  code: { print: code, rounds: 1 },
}

// No section makes a device of this machine an edge.
process.env.BALANCING_DEVICE = 'none'

function giveUp(status: number, message: string): never {
  console.error(message)
  process.exit(status)
}

function readOrGiveUp() {
  try {
    return readArguments(Object.keys(SECTIONS))
  } catch (error) {
    const usage = `usage: node bench/run.ts [${Object.keys(SECTIONS).join('|')}]... [--rounds N] [--only PATTERN] [--ours NAME=PATH]...`
    return giveUp(2, `${(error as Error).message}\n${usage}`)
  }
}

const { sections, rounds, only, ours } = readOrGiveUp()
const missing = missingHere()
if (missing.length > 0) giveUp(4, `the bench needs ${missing.join(', ')} (make bench builds what can be built)`)

const scratch = openScratch()
const [first, ...more] = ours.map(([name, path]) => copyVariant(scratch.files, ROOT, name, path))
const variants = [first ?? { name: 'balancing', balancing: scratch.balancing }, ...more] as const
console.log(`# Benchmarks\n\nWritten by \`make bench\`.\n\n${await describeMachine()}`)
for (const name of sections) {
  const section = SECTIONS[name]!
  console.log(`\n${await section.print({ scratch, rounds: rounds ?? section.rounds, variants, only })}`.trimEnd())
}
