// SPDX-License-Identifier: Apache-2.0
import { count } from '../../base/count.ts'
import { readDeviceFacts } from '../../host/devices/read-facts.ts'
import { isOfPod } from '../../node/edges/edge-change.ts'
import { pickPodDevices } from '../../node/edges/pod-devices.ts'
import type { Check, Machine } from '../check.ts'
import { type Found, fail, ok, warn } from '../finding.ts'

/** Whether the patterns of --pods name devices, and whether these have their programs: a pod that came since the last apply has none. */
export const pods: Check = {
  name: 'pods',
  about: 'the patterns of --pods match devices of pods, and these are served',
  async run({ pods: patterns, node }) {
    if (patterns.length === 0) return withoutPatterns(node)
    const { devices } = await readDeviceFacts()
    const recorded = (await node()).node.state.current?.manifest.attachments ?? []
    const of = (isPod: boolean) => new Set(recorded.filter(r => isOfPod(r) === isPod).map(({ point }) => point.device))
    const { devices: matched, unmatched, refused } = pickPodDevices(devices, patterns, of(false))
    const [bad] = refused
    if (bad) return fail(`--pods ${bad.pattern} matches ${bad.device}: ${bad.reason}`, 'give a narrower pattern')
    if (unmatched.length > 0)
      return warn(`no device matches --pods ${unmatched.join(', ')}`, 'ip link shows the devices; a pod may come later')
    const served = of(true)
    const late = matched.filter(({ name }) => !served.has(name)).map(({ name }) => name)
    if (late.length === 0) return ok(`${count(matched.length, 'device')} of pods served`)
    return warn(`${late.join(', ')}: what these pods send is not translated`, 'apply again, with --pods')
  },
}

/** Where pods' sockets are left alone and no device of a pod has programs, nothing translates what pods send. */
async function withoutPatterns(node: Machine['node']): Promise<Found> {
  // Without a status other checks say what is wrong.
  const status = await node().then(
    ({ status }) => status,
    () => undefined,
  )
  if (status?.sockets !== 'host' || status.edges.some(({ pod }) => pod)) return ok('no device of a pod is asked for')
  return warn(
    '--sockets host is applied, and no device of a pod is served: connections of pods to Services are not translated',
    "apply with --pods PATTERN too, which names the host's sides of pods' devices: docs/north-south.md",
  )
}
