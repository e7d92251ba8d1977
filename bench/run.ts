import { existsSync, readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { capable } from '../test/kernel/capable.ts'
import { run } from './child.ts'
import { connect } from './connect.ts'
import { control } from './control.ts'
import { openScratch, type Scratch, tool } from './scratch.ts'

/**
 * Prints benchmark tables in markdown: `node bench/run.ts [SECTION]... [--rounds N]`, all sections when none is named.
 * Progress goes to stderr. Figures are information; nothing fails because of one.
 */
const SECTIONS: Record<string, { print: (scratch: Scratch, rounds: number) => Promise<string>; rounds: number }> = {
  control: { print: control, rounds: 5 },
  connect: { print: connect, rounds: 9 },
}

const { names, rounds } = readArguments()
const can = capable()
const missing = can.ok ? [] : can.missing
for (const name of ['measure', 'connect', 'floor.bpf.o'])
  if (!existsSync(tool(name))) missing.push(`build/bench/${name}`)
if (missing.length > 0) {
  console.error(`the bench needs ${missing.join(', ')} (make bench builds what can be built)`)
  process.exit(4)
}

const scratch = openScratch()
console.log(`# Benchmarks\n\n${await machine()}`)
for (const name of names) {
  const section = SECTIONS[name]!
  console.log(`\n${await section.print(scratch, rounds ?? section.rounds)}`.trimEnd())
}

async function machine(): Promise<string> {
  const { stdout } = await run('bpftool', ['version'])
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[0]
  const processor = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`
  const software = `Linux ${release()}, Node.js ${process.version}, ${stdout.split('\n')[0]}`
  return `${processor}; ${software}. Load when it began: ${load} (figures on a busy machine are higher).`
}

function readArguments(): { names: string[]; rounds: number | undefined } {
  try {
    const { values, positionals } = parseArgs({ options: { rounds: { type: 'string' } }, allowPositionals: true })
    const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
    const unknown = positionals.find(name => !Object.hasOwn(SECTIONS, name))
    if (unknown !== undefined) throw new Error(`there is no section ${unknown}`)
    if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) throw new Error('--rounds takes a number')
    return { names: positionals.length > 0 ? positionals : Object.keys(SECTIONS), rounds }
  } catch (error) {
    const usage = `usage: node bench/run.ts [${Object.keys(SECTIONS).join('|')}]... [--rounds N]`
    console.error(`${(error as Error).message}\n${usage}`)
    process.exit(2)
  }
}
