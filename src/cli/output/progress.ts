import { writeSync } from 'node:fs'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'

/** What is done in less is not spoken of. */
const QUIET_MS = 1000
const REDRAW_MS = 200
const STDERR = 2
const ERASE = '\r\x1b[K'

/** The cells that both threads see: who holds the terminal, and whether the line is on it. */
const LOCK = 0
const SHOWN = 1
/** States of the lock. Nobody takes it any more once it is closed. */
const [FREE, HELD, CLOSED] = [0, 1, 2]

/**
 * A line on stderr's terminal, `reading spec.yaml … 2 s`, from the process's first second on. By a thread of its own, because
 * what takes long here most often never returns to the event loop.
 */
class Progress {
  readonly #cells = new Int32Array(new SharedArrayBuffer(8))
  readonly #port: MessagePort

  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#port.unref()
    const workerData = { cells: this.#cells, port: port2, since: performance.timeOrigin }
    new Worker(REDRAW, { eval: true, workerData, transferList: [port2] }).unref()
  }

  say(text: string): void {
    this.#port.postMessage(text)
  }

  /** Erases the line and holds the terminal while somebody else writes. */
  standBack(write: () => void, after = FREE): void {
    while (Atomics.compareExchange(this.#cells, LOCK, FREE, HELD) !== FREE) Atomics.wait(this.#cells, LOCK, HELD, 10)
    try {
      if (Atomics.exchange(this.#cells, SHOWN, 0) === 1) writeSync(STDERR, ERASE)
      write()
    } finally {
      Atomics.store(this.#cells, LOCK, after)
    }
  }
}

/** The thread: a text, because a bundle has no file for it. */
const REDRAW = `
const { receiveMessageOnPort, workerData } = require('node:worker_threads')
const { writeSync } = require('node:fs')
const { cells, port, since } = workerData
let text = ''
for (;;) {
  Atomics.wait(cells, ${LOCK}, ${FREE}, ${REDRAW_MS})
  for (let next; (next = receiveMessageOnPort(port)); ) text = next.message
  const ms = Date.now() - since
  if (ms < ${QUIET_MS}) continue
  const lock = Atomics.compareExchange(cells, ${LOCK}, ${FREE}, ${HELD})
  if (lock === ${CLOSED}) break
  if (lock !== ${FREE}) continue
  try {
    writeSync(${STDERR}, ${JSON.stringify(ERASE)} + text + ' … ' + Math.floor(ms / 1000) + ' s')
    Atomics.store(cells, ${SHOWN}, 1)
  } catch {}
  Atomics.store(cells, ${LOCK}, ${FREE})
}
`

let progress: Progress | undefined

/** Says what is being done from now on. */
export function showProgress(text: string): void {
  progress ??= new Progress()
  progress.say(text)
}

/** Writes something else than progress. */
export function withoutProgress(write: () => void): void {
  if (progress) progress.standBack(write)
  else write()
}

/** Nothing more is being done: the line goes away. */
export function endProgress(): void {
  progress?.standBack(() => {}, CLOSED)
  progress = undefined
}
