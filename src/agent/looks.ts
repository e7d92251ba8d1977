// SPDX-License-Identifier: Apache-2.0
/** How long after a change one looks, in milliseconds: a device that comes changes several times at once. */
const SOON_MS = 100

/** What looks need of their agent: to call back after a time; it returns how to forget that. */
type After = (milliseconds: number, action: () => void) => () => void

/** Looks at something every so often, and soon after a change; one look at a time. */
export class Looks {
  readonly #look: () => Promise<void>
  readonly #interval: number
  readonly #after: After
  #forget = () => {}
  #isLooking = false
  #isSoon = false

  /** `interval`: between a look and the next, in milliseconds, when nothing changes. */
  constructor(look: () => Promise<void>, interval: number, after: After) {
    this.#look = look
    this.#interval = interval
    this.#after = after
  }

  begin(): void {
    this.#schedule()
  }

  /** Something has changed. */
  soon(): void {
    if (this.#isSoon) return
    this.#isSoon = true
    if (this.#isLooking) return
    this.#forget()
    this.#schedule()
  }

  #schedule(): void {
    this.#forget = this.#after(this.#isSoon ? SOON_MS : this.#interval, () => {
      this.#isLooking = true
      this.#isSoon = false
      this.#look().then(() => {
        this.#isLooking = false
        this.#schedule()
      })
    })
  }
}
