// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { Bpftool } from '../../src/bpf/bpftool/bpftool.ts'
import { ResidentBpftool } from '../../src/bpf/bpftool/resident-bpftool.ts'
import { lookAt, readableMaps } from '../../src/bpf/generation/generation.ts'
import { listGenerations } from '../../src/bpf/generation/pins.ts'
import { startReading } from '../../src/bpf/maps/read-image.ts'
import { program, verify } from '../../src/bpf/maps/write-steps.ts'
import { compile } from '../../src/compile/compile.ts'
import { viewpointIn } from '../../src/compile/viewpoint.ts'
import { diff } from '../../src/plan/diff.ts'
import { parseSpec } from '../../src/spec/parse.ts'

/**
 * Updates the newest generation under a pin directory to a spec for n1, with the capabilities that it has:
 *   node pinned-writer.ts resident|spawning PIN_DIR SPEC
 * Prints what came of it as JSON.
 */
const [how, pinDir, file] = process.argv.slice(2) as [string, string, string]
const bpf = how === 'resident' ? new ResidentBpftool(new Bpftool()) : new Bpftool()
const maps = readableMaps(await lookAt(bpf, listGenerations(pinDir).at(-1)!))!
const observed = await startReading(bpf, maps)()
const spec = parseSpec(readFileSync(file, 'utf8'), file).value!
const { image } = compile(spec, viewpointIn(spec.nodes, 'n1').value!)
const { steps } = diff(observed, { ...image, revision: observed.revision })
const failed = await program(bpf, maps, steps)
const wrong = failed ? undefined : await verify(bpf, maps, steps)
const { error: byId } = await bpf.run('map', 'show', 'id', String(maps.frontends.id))
if (bpf instanceof ResidentBpftool) await bpf.close()
const capabilities = /^CapEff:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]
console.log(JSON.stringify({ capabilities, steps: steps.length, failed, wrong, byId }))
