/** Lines [oldStart, oldEnd) of one text that stand for lines [newStart, newEnd) of another. */
export interface Region {
  oldStart: number
  oldEnd: number
  newStart: number
  newEnd: number
}

/**
 * Where two lists of lines differ: between lines that occur once in each list and in the same order ("patience"), what they have in
 * common at both ends is taken off. Exact, and as small as can be where lines do not repeat, as in a sorted text.
 */
export function regionsBetween(old: readonly string[], now: readonly string[]): Region[] {
  const regions: Region[] = []
  let [a, b] = [0, 0]
  for (const [i, j] of [...anchors(old, now), [old.length, now.length] as const]) {
    const region = trimmed(old, now, { oldStart: a, oldEnd: i, newStart: b, newEnd: j })
    if (region.oldStart < region.oldEnd || region.newStart < region.newEnd) regions.push(region)
    ;[a, b] = [i, j]
  }
  return regions
}

function trimmed(old: readonly string[], now: readonly string[], region: Region): Region {
  let { oldStart, oldEnd, newStart, newEnd } = region
  while (oldStart < oldEnd && newStart < newEnd && old[oldStart] === now[newStart]) {
    oldStart++
    newStart++
  }
  while (oldStart < oldEnd && newStart < newEnd && old[oldEnd - 1] === now[newEnd - 1]) {
    oldEnd--
    newEnd--
  }
  return { oldStart, oldEnd, newStart, newEnd }
}

type Pair = readonly [old: number, now: number]

/** The longest list of lines, unique on both sides, whose places increase on both sides. */
function anchors(old: readonly string[], now: readonly string[]): Pair[] {
  const [before, after] = [uniqueIn(old), uniqueIn(now)]
  const pairs: Pair[] = []
  for (const [line, i] of before) {
    const j = after.get(line)
    if (i >= 0 && j !== undefined && j >= 0) pairs.push([i, j])
  }
  return longestIncreasing(pairs)
}

/** The place of each line, -1 when it has several. */
function uniqueIn(lines: readonly string[]): Map<string, number> {
  const places = new Map<string, number>()
  for (const [i, line] of lines.entries()) places.set(line, places.has(line) ? -1 : i)
  return places
}

/** By patience sorting; the pairs come in the order of their first number. */
function longestIncreasing(pairs: readonly Pair[]): Pair[] {
  const tops: number[] = []
  const previous: number[] = []
  for (const [k, [, place]] of pairs.entries()) {
    let [low, high] = [0, tops.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (pairs[tops[middle]!]![1] < place) low = middle + 1
      else high = middle
    }
    previous[k] = low === 0 ? -1 : tops[low - 1]!
    tops[low] = k
  }
  const chain: Pair[] = []
  for (let k = tops.at(-1) ?? -1; k >= 0; k = previous[k]!) chain.push(pairs[k]!)
  return chain.reverse()
}
