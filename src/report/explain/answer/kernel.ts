// SPDX-License-Identifier: Apache-2.0
import { plainCount } from '../../../base/count.ts'
import { formatBackend } from '../../../datapath/backend.ts'
import type { Dial } from '../../../datapath/dial.ts'
import type { ConfigMap, Image } from '../../../datapath/image.ts'
import { addressKey } from '../../../datapath/keys.ts'
import { matchedKey } from '../../../datapath/lookup.ts'
import { servesPackets } from '../../../datapath/packet/lookup-packet.ts'
import { describeChanges } from '../../change/changes.ts'
import { MEANINGS } from '../../change/frontend-fields.ts'
import { type ListChange, outsideOnly } from '../../change/list-change.ts'
import { formatList } from '../../format-list.ts'
import type { KernelFrontend } from '../explanation.ts'
import type { TranslatedAt } from '../question/client.ts'
import { flowAnswer } from './decide.ts'
import { verdictOn } from './packets.ts'

/** What the maps of a kernel do with a dial, and how that differs from what an image would do. */
export function kernelAnswerFor(
  dial: Dial,
  observed: Image,
  desired: Image,
  translatedAt: TranslatedAt,
): KernelFrontend {
  const outcome = flowAnswer(verdictOn(observed, dial, translatedAt))
  const differences = [...deviceDifferences(observed, translatedAt), ...differencesAt(dial, observed, desired)]
  const wanted = flowAnswer(verdictOn(desired, dial, translatedAt))
  if (differences.length === 0 && JSON.stringify(outcome) !== JSON.stringify(wanted))
    differences.push('entries that several frontends share lead to other backends')
  return { ...outcome, agrees: differences.length === 0, differences }
}

function deviceDifferences(observed: Image, translatedAt: TranslatedAt): string[] {
  if (translatedAt === 'edge' && !servesPackets(observed, 'outside'))
    return ['it has no edges: packets from outside pass']
  if (translatedAt === 'pod-device' && !servesPackets(observed, 'pod'))
    return ['it has no devices of pods: what pods send passes']
  return []
}

function differencesAt(dial: Dial, observed: Image, desired: Image): string[] {
  const key = matchedKey(desired, dial) ?? matchedKey(observed, dial)
  const address = addressKey(dial.address)
  const flags = observed.addresses.get(address)
  const texts: string[] = []
  if (flags !== desired.addresses.get(address)) {
    texts.push(
      flags === undefined
        ? `it does not know the address ${dial.address}`
        : `it has other flags for the address ${dial.address}`,
    )
  }
  if (key !== undefined) texts.push(...frontendDifferences(key, observed, desired))
  return texts
}

function frontendDifferences(key: string, observed: Image, desired: Image): string[] {
  const [old, now] = [observed.frontends.get(key), desired.frontends.get(key)]
  if (old === undefined) return ['it does not have this frontend']
  if (now === undefined) return ['it has a frontend that the spec does not have']
  if (old === now) return []
  const [change] = describeChanges([{ kind: 'changed', key }], observed, desired)
  const texts = [
    ...listDifferences(change!),
    ...listDifferences(outsideOnly(change!)).map(text => `${text} for clients outside`),
    ...change!.also.map(aspect => `it has ${MEANINGS[aspect].text}`),
  ]
  return texts.length === 0 ? ['it differs in its block id or in unused bytes'] : texts
}

function listDifferences({ gained, lost }: Pick<ListChange, 'gained' | 'lost'>): string[] {
  return [
    ...(gained.length > 0 ? [`it lacks ${formatList(gained.map(formatBackend))}`] : []),
    ...(lost.length > 0 ? [`it still has ${formatList(lost.map(formatBackend))}`] : []),
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
