// SPDX-License-Identifier: Apache-2.0
/** A text with a unified diff applied: strict, every line of context and every range must be right. */
export function patched(text: string, patch: string): string {
  if (patch === '') return text
  const lines = text.split('\n').slice(0, -1)
  const result: string[] = []
  let at = 0
  const [, ...hunks] = patch.split(/^(?=@@ )/m)
  for (const hunk of hunks) {
    const [head, ...body] = hunk.split('\n').slice(0, -1)
    const [, start, count, newStart, newCount] = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@ \S/.exec(head!)!.map(Number)
    const from = count === 0 ? start! : start! - 1
    while (at < from) result.push(lines[at++]!)
    if (result.length !== (newCount === 0 ? newStart! : newStart! - 1)) throw new Error(`wrong place: ${head}`)
    for (const line of body) {
      if (line[0] !== '+' && lines[at] !== line.slice(1)) throw new Error(`not there: ${line}`)
      if (line[0] !== '+') at++
      if (line[0] !== '-') result.push(line.slice(1))
    }
    if (at - from !== count || body.filter(line => line[0] !== '-').length !== newCount)
      throw new Error(`wrong count: ${head}`)
  }
  return `${[...result, ...lines.slice(at)].join('\n')}\n`
}
