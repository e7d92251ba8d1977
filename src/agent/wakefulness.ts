// SPDX-License-Identifier: Apache-2.0
/** Lets one worker sleep until there is something to do. What comes while it works wakes it at once when it goes to sleep. */
export class Wakefulness {
  #isCalled = false
  #rouse: () => void = () => {}

  wake(): void {
    this.#isCalled = true
    this.#rouse()
  }

  async sleep(): Promise<void> {
    if (!this.#isCalled) await new Promise<void>(resolve => (this.#rouse = resolve))
    this.#isCalled = false
  }
}
