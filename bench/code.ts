// SPDX-License-Identifier: Apache-2.0
import { applied } from './applied.ts'
import type { Bench } from './bench.ts'
import { run } from './child.ts'
import { grouped, printTable } from './figures.ts'
import { tool } from './scratch.ts'

/** How large our programs are, and how much work the verifier has with them. */
export async function code({ scratch, variants }: Bench): Promise<string> {
  const tables: string[] = []
  for (const variant of variants) {
    const size = { services: 10, endpoints: 5, family: 4, protocol: 'UDP' } as const
    const { programs } = await applied(scratch, variant, size)
    const { stdout } = await run(tool('verified'), [...programs.values()])
    const rows = stdout
      .trim()
      .split('\n')
      .map((line, i) => [[...programs.keys()][i]!, ...line.split(' ').map(figure => grouped(Number(figure)))])
    tables.push(printTable([variant.name, 'instructions', 'bytes of machine code', 'verifier went through'], rows))
  }
  return `## Code\n
eBPF instructions of each program as the kernel runs them, the machine code that they became, and the instructions that the
verifier went through (its limit is 1,000,000).\n
${tables.join('\n')}`
}
