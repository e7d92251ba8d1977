/**
 * What `apply` does to load the programs (src/kernel/build.ts, src/kernel/attach.ts), as lines for a machine without node: a
 * batch that makes the maps, the words of `bpftool prog loadall` that hand them over, and the hooks; and a spec to apply.
 *
 *   steps.ts FOLDER PINS     writes FOLDER/{maps.batch,reuse,hooks,spec.yaml}
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CONFIG_MAPS } from '../../src/image/image.ts'
import { createLine, reuseWords } from '../../src/kernel/build.ts'
import { capacitiesFor } from '../../src/kernel/capacity.ts'
import { GenerationPins } from '../../src/kernel/pins.ts'
import { PROGRAM_NAMES, PROGRAMS } from '../../src/kernel/programs.ts'
import { printYaml } from '../../src/spec/print.ts'
import { pod, service, specWith } from '../kernel/specs.ts'

const [folder, pinDir] = process.argv.slice(2) as [string, string]
const pins = new GenerationPins(pinDir, 1)
const names = [...CONFIG_MAPS, 'affinity'] as const
// Of a cluster of 1000 Services.
const peak = {
  addresses: 2000,
  frontends: 2000,
  pages: 100,
  members: 5000,
  source_ranges: 100,
  address_filter: 1024,
  revision: 1,
}
const capacities = capacitiesFor(peak)
const write = (file: string, lines: string[]) => writeFileSync(join(folder, file), lines.join('\n') + '\n')

write(
  'maps.batch',
  names.map(name => createLine(name, pins, capacities[name])),
)
write('reuse', [reuseWords(pins, names).join(' ')])
write(
  'hooks',
  PROGRAM_NAMES.map(name => `${PROGRAMS[name]} ${pins.program(name)}`),
)

const both = service(1, 'p11')
both.ports.push({ name: 'dns', port: 53, protocol: 'UDP', except: [] })
both.endpoints = [{ ports: ['dns', 'http'].map(name => ({ name, number: 8080 })), endpoints: [pod('p11')] }]
write('spec.yaml', [printYaml(specWith(both))])
