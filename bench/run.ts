import { existsSync, readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { capable } from '../test/kernel/capable.ts'
import type { Bench } from './bench.ts'
import { run } from './child.ts'
import { connect } from './connect.ts'
import { control } from './control.ts'
import { datagrams } from './datagrams.ts'
import { flows } from './flows.ts'
import { fresh } from './fresh.ts'
import { openScratch, ROOT, tool } from './scratch.ts'
import { copyVariant } from './variant.ts'

/**
 * Prints benchmark tables in markdown: `node bench/run.ts [SECTION]... [--rounds N] [--only PATTERN] [--ours NAME=PATH]...`, all sections when none is named.
 * Progress goes to stderr. Figures are information; nothing fails because of one.
 */
interface Section {
  print: (bench: Bench) => Promise<string>
  rounds: number
}

const SECTIONS: Record<string, Section> = {
  control: { print: control, rounds: 5 },
  connect: { print: connect, rounds: 9 },
  fresh: { print: fresh, rounds: 9 },
  datagrams: { print: datagrams, rounds: 9 },
  flows: { print: flows, rounds: 5 },
}

const { names, rounds, ours, only } = readArguments()
const can = capable()
const missing = can.ok ? [] : can.missing
for (const name of ['measure', 'programs', 'floor.bpf.o'])
  if (!existsSync(tool(name))) missing.push(`build/bench/${name}`)
if (missing.length > 0) {
  console.error(`the bench needs ${missing.join(', ')} (make bench builds what can be built)`)
  process.exit(4)
}

const scratch = openScratch()
const variants = ours.map(([name, path]) => copyVariant(scratch.files, ROOT, name, path))
console.log(`# Benchmarks\n\n${await machine()}`)
for (const name of names) {
  const section = SECTIONS[name]!
  console.log(`\n${await section.print({ scratch, rounds: rounds ?? section.rounds, variants, only })}`.trimEnd())
}

async function machine(): Promise<string> {
  const { stdout } = await run('bpftool', ['version'])
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[0]
  const processor = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`
  const software = `Linux ${release()}, Node.js ${process.version}, ${stdout.split('\n')[0]}`
  return `${processor}; ${software}. Load when it began: ${load} (figures on a busy machine are higher).`
}

function readArguments() {
  try {
    const options = {
      rounds: { type: 'string' },
      only: { type: 'string', default: '' },
      ours: { type: 'string', multiple: true },
    } as const
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
    const unknown = positionals.find(name => !Object.hasOwn(SECTIONS, name))
    if (unknown !== undefined) throw new Error(`there is no section ${unknown}`)
    if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) throw new Error('--rounds takes a number')
    const ours = (values.ours ?? [`balancing=${ROOT}`]).map((text): [string, string] => {
      const [, name, path] = /^([\w-]+)=(.+)$/.exec(text) ?? []
      if (name === undefined || path === undefined) throw new Error('--ours takes NAME=PATH')
      return [name, path]
    })
    return {
      ours,
      only: new RegExp(values.only),
      names: positionals.length > 0 ? positionals : Object.keys(SECTIONS),
      rounds,
    }
  } catch (error) {
    const usage = `usage: node bench/run.ts [${Object.keys(SECTIONS).join('|')}]... [--rounds N] [--only PATTERN] [--ours NAME=PATH]...`
    console.error(`${(error as Error).message}\n${usage}`)
    process.exit(2)
  }
}
