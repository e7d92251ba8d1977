// SPDX-License-Identifier: Apache-2.0
const LINE_BREAK = 10

/** The lines of a text one after the other. Cuts out only what is asked for: a copy of every line costs more than reading it. */
export class Lines {
  readonly text: string
  /** Where the next line starts. */
  at = 0

  constructor(text: string) {
    this.text = text
  }

  /** Passes over the next line when it is this one. */
  skip(line: string): boolean {
    const end = this.at + line.length
    if (this.text.charCodeAt(end) !== LINE_BREAK || !this.text.startsWith(line, this.at)) return false
    this.at = end + 1
    return true
  }

  /** What follows `prefix` on the next line, which is passed over; undefined when it starts in another way, or nothing follows. */
  take(prefix: string): string | undefined {
    if (!this.text.startsWith(prefix, this.at)) return undefined
    const start = this.at + prefix.length
    const end = this.text.indexOf('\n', start)
    if (end <= start) return undefined
    this.at = end + 1
    return this.text.slice(start, end)
  }

  isAtEnd(): boolean {
    return this.at === this.text.length
  }
}
