// SPDX-License-Identifier: Apache-2.0
/** In a virtual machine: chains of packets through the programs of edges. `chains OBJECT FOLDER` prints what comes of them. */
import { runChains } from '../kernel/edge-chains.ts'
import { EdgeRig } from '../kernel/edge-rig.ts'

const [object, folder] = process.argv.slice(2)
const rig = new EdgeRig(folder!, object!)
for (const line of runChains(rig)) console.log(line)
rig.close()
