import { plainCount } from '../../base/count.ts'
import { formatBackend } from '../../datapath/backend.ts'
import type { ConfigMap, Image } from '../../datapath/image.ts'
import { addressKey } from '../../datapath/keys.ts'
import { decidedBy, type Flow, lookup } from '../../datapath/lookup.ts'
import { describeChanges } from '../change/changes.ts'
import { MEANINGS } from '../change/frontend-fields.ts'
import { formatList } from '../format-list.ts'
import type { KernelFrontend } from './explanation.ts'
import { plainOutcome } from './outcome.ts'

/** What the maps of a kernel do with a flow, and how that differs from what an image would do. */
export function heldFor(flow: Flow, observed: Image, desired: Image): KernelFrontend {
  const outcome = plainOutcome(lookup(observed, flow))
  const differs = differences(flow, observed, desired)
  const wanted = plainOutcome(lookup(desired, flow))
  if (differs.length === 0 && JSON.stringify(outcome) !== JSON.stringify(wanted))
    differs.push('other entries than its own lead elsewhere')
  return { ...outcome, agrees: differs.length === 0, differs }
}

function differences(flow: Flow, observed: Image, desired: Image): string[] {
  const key = decidedBy(desired, flow) ?? decidedBy(observed, flow)
  const address = addressKey(flow.address)
  const flags = observed.addresses.get(address)
  const words: string[] = []
  if (flags !== desired.addresses.get(address)) {
    words.push(
      flags === undefined
        ? `it does not know the address ${flow.address}`
        : `it takes ${flow.address} for something else`,
    )
  }
  if (key !== undefined) words.push(...frontendDifferences(key, observed, desired))
  return words
}

function frontendDifferences(key: string, observed: Image, desired: Image): string[] {
  const [old, now] = [observed.frontends.get(key), desired.frontends.get(key)]
  if (old === undefined) return ['it does not have this frontend']
  if (now === undefined) return ['it has a frontend that the spec does not have']
  if (old === now) return []
  const [change] = describeChanges([{ kind: 'changed', key }], observed, desired)
  const { gained, lost, also } = change!
  return [
    ...(gained.length > 0 ? [`it lacks ${formatList(gained.map(formatBackend))}`] : []),
    ...(lost.length > 0 ? [`it still has ${formatList(lost.map(formatBackend))}`] : []),
    ...also.map(aspect => `it has ${MEANINGS[aspect].text}`),
    ...(gained.length + lost.length + also.length === 0 ? ['it differs in its block id or in unused bytes'] : []),
  ]
}

const SHARED: readonly ConfigMap[] = ['pages', 'members', 'source_ranges']

/** What several frontends share: entries of an image of only these Services that a kernel lacks or has otherwise. */
export function sharedDifferences(observed: Image, desired: Image): string[] {
  return SHARED.flatMap(map => {
    const wrong = [...desired[map]].filter(([key, value]) => observed[map].get(key) !== value).length
    return wrong === 0
      ? []
      : [`${plainCount(wrong, 'entry').replace('entrys', 'entries')} of ${map} missing or changed`]
  })
}
