// SPDX-License-Identifier: Apache-2.0
/** Whether a text does something on a terminal, or in the log of a CI system whose lines it becomes. */
export function actsInLog(text: string, isWhole = true): boolean {
  return /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|##\w*\[/u.test(text) || (isWhole && /^\s*::/m.test(text))
}

/** What is markup of GitHub's Markdown in a text that should have code, bold totals, lists, titles and folds only. */
export function markupIn(text: string): string[] {
  const prose = text
    .replace(/^(`{3,})diff\n[\s\S]*?\n\1$/gm, '')
    .replace(/\\[\\`*_[\]|~#!]|(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '')
    .replace(/<\/?details>|<\/?summary>|^#### /gm, '')
    .replace(/\*\*/g, '')
  return (
    prose.match(
      /[`*_[\]<>|~\n\r](?<!\n)|&(?!amp;|lt;|gt;|quot;|#8203;)|[#@](?!&#8203;|8203)(?<!&#)|www\.|:\/\/|GH-\d/gi,
    ) ?? []
  )
}

/** The texts and attributes of XML that has no comment, no CDATA and no processing but its first line; throws when it is not well-formed. */
export function xmlElements(text: string): string[] {
  const body = text.replace(/^<\?xml [^>]*\?>\n/, '')
  const open: string[] = []
  const names: string[] = []
  const token =
    /([^<>&]|&(?:amp|lt|gt|quot);)+|<(\/?)([a-z-]+)((?: [a-z]+="(?:[^"<>&]|&(?:amp|lt|gt|quot);)*")*)(\/?)>/gy
  while (token.lastIndex < body.length) {
    const at = token.lastIndex
    const match = token.exec(body)
    if (!match) throw new Error(`not well-formed: ${JSON.stringify(body.slice(at, at + 80))}`)
    const [, , close, name, , isEmpty] = match
    if (name === undefined) continue
    if (close) {
      if (open.pop() !== name) throw new Error(`</${name}> ends another element`)
    } else {
      names.push(name)
      if (!isEmpty) open.push(name)
    }
  }
  if (open.length > 0) throw new Error(`<${open[0]}> has no end`)
  return names
}
