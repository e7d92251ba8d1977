// SPDX-License-Identifier: Apache-2.0
import { parsePortLine, printPortLine } from '../line/port.ts'
import { isName } from '../name.ts'
import type { Port } from '../spec.ts'
import { areInOrder } from './addresses.ts'
import type { Lines } from './lines.ts'
import { NONE, readScalar, splitEntry } from './scalar.ts'

/** Reads the ports of one Service after the other. Thousands of Services have one of a few: equal ports are one, frozen. */
export class PortsReader {
  readonly #lines: Lines
  readonly #known = new Map<string, Port>()

  constructor(lines: Lines) {
    this.#lines = lines
  }

  /** The ports that come next, in their order; undefined when they are not as printYaml writes them. */
  read(): Port[] | undefined {
    if (this.#lines.skip('    ports: {}')) return NONE
    if (!this.#lines.skip('    ports:')) return undefined
    let ports: Port[] | undefined
    for (let line = this.#lines.take('      '); line !== undefined; line = this.#lines.take('      ')) {
      const port = this.#portOf(line)
      if (!port || (ports && ports.at(-1)!.name >= port.name)) return undefined
      if (ports) ports.push(port)
      else ports = [port]
    }
    return ports
  }

  #portOf(line: string): Port | undefined {
    const known = this.#known.get(line)
    if (known) return known
    const port = readPort(line)
    if (port) this.#known.set(line, Object.freeze(port))
    return port
  }
}

/** `NAME: LINE` */
function readPort(entry: string): Port | undefined {
  const { key: name, value = '' } = splitEntry(entry) ?? {}
  const line = readScalar(value)
  if (name === undefined || line === undefined || (name !== '' && !isName(name))) return undefined
  const port = parsePortLine(name, line)
  if (Array.isArray(port) || printPortLine(port) !== line || !areInOrder(port.except)) return undefined
  return port.except.length === 0 ? { ...port, except: NONE } : port
}
