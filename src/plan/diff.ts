import { unionOfLines } from '../datapath/filter.ts'
import { CONFIG_MAPS, type ConfigMap, type Image, isArray, zeroValue } from '../datapath/image.ts'
import type { Plan, Step } from './plan.ts'

/**
 * The steps that turn `observed` into `desired`. What readers may find is written before what leads there, and
 * removed after it: blocks and sets, filter bits, frontends, addresses; then the same backwards; the revision
 * last, so that it never claims what is not in place. Frontends flip by one update each.
 */
export function diff(observed: Image, desired: Image): Plan {
  const steps: Step[] = [
    ...additions('pages', observed, desired),
    ...additions('members', observed, desired),
    ...additions('source_ranges', observed, desired),
    ...widenFilter(observed, desired),
    ...additions('frontends', observed, desired),
    ...additions('addresses', observed, desired),
    ...removals('addresses', observed, desired),
    ...removals('frontends', observed, desired),
    ...removals('pages', observed, desired),
    ...removals('members', observed, desired),
    ...removals('source_ranges', observed, desired),
    ...narrowFilter(observed, desired),
    ...additions('revision', observed, desired),
    ...removals('revision', observed, desired),
  ]
  return { steps, peak: peakOf(observed, desired) }
}

function additions(map: ConfigMap, observed: Image, desired: Image): Step[] {
  const steps: Step[] = []
  for (const [key, value] of desired[map]) {
    if (observed[map].get(key) !== value) steps.push({ map, op: 'update', key, value })
  }
  return steps
}

function removals(map: ConfigMap, observed: Image, desired: Image): Step[] {
  const steps: Step[] = []
  for (const key of observed[map].keys()) {
    if (!desired[map].has(key)) steps.push(isArray(map) ? clear(map, key) : { map, op: 'delete', key })
  }
  return steps
}

function clear(map: ConfigMap, key: string): Step {
  return { map, op: 'update', key, value: zeroValue(map) }
}

/** Until the removals are done the filter must let through every address of both images. */
function widenFilter(observed: Image, desired: Image): Step[] {
  const steps: Step[] = []
  for (const [key, line] of desired.address_filter) {
    const old = observed.address_filter.get(key)
    const both = old === undefined ? line : unionOfLines(old, line)
    if (both !== old) steps.push({ map: 'address_filter', op: 'update', key, value: both })
  }
  return steps
}

function narrowFilter(observed: Image, desired: Image): Step[] {
  const steps: Step[] = []
  for (const [key, old] of observed.address_filter) {
    const line = desired.address_filter.get(key)
    if (line === undefined) steps.push(clear('address_filter', key))
    else if (unionOfLines(old, line) !== line) steps.push({ map: 'address_filter', op: 'update', key, value: line })
  }
  return steps
}

/** Additions come before removals, so the peak of a map is what it holds plus what is new. */
function peakOf(observed: Image, desired: Image): Plan['peak'] {
  const peak = (map: ConfigMap) => {
    let count = observed[map].size
    for (const key of desired[map].keys()) if (!observed[map].has(key)) count++
    return count
  }
  return Object.fromEntries(CONFIG_MAPS.map(map => [map, peak(map)])) as Plan['peak']
}
