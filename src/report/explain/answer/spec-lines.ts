// SPDX-License-Identifier: Apache-2.0
import { Lines } from '../../../base/lines.ts'
import { listAt, locate } from '../../../base/locate-yaml.ts'
import type { Path } from '../../../base/place.ts'
import { canonicalTextOf } from '../../../spec/canonical/text.ts'
import type { Part } from '../../../spec/directory/join.ts'
import { printEndpointLine } from '../../../spec/line/endpoint.ts'
import { scalar } from '../../../spec/line/quote.ts'
import { serviceKey } from '../../../spec/name.ts'
import { pathOfItem } from '../../../spec/problem.ts'
import type { Endpoint, Node, Port, Service, Spec } from '../../../spec/spec.ts'
import type { SpecLine } from '../explanation.ts'

/** The lines of a spec's nodes, Services, ports and endpoints in the text that it was read from. */
export interface SpecLines {
  node(node: Node): SpecLine | null
  service(service: Service): SpecLine | null
  port(service: Service, port: Port): SpecLine | null
  endpoints(service: Service): SpecLine | null
  endpoint(service: Service, group: number, index: number): SpecLine | null
}

/** The lines in the files of a spec. */
export function specLinesIn(parts: readonly Part[]): SpecLines {
  const lines = parts.map(part => ({ part, lines: linesOf(part) }))
  const [first] = lines
  if (lines.length === 1) return first!.lines
  const of = (isThere: (spec: Spec) => boolean) => (lines.find(({ part }) => isThere(part.spec)) ?? first!).lines
  const at = (service: Service) => of(({ services }) => services.some(s => serviceKey(s) === serviceKey(service)))
  return {
    node: node => of(({ nodes }) => nodes.some(({ name }) => name === node.name)).node(node),
    service: service => at(service).service(service),
    port: (service, port) => at(service).port(service, port),
    endpoints: service => at(service).endpoints(service),
    endpoint: (service, group, index) => at(service).endpoint(service, group, index),
  }
}

/**
 * A canonical text is scanned for the line of an entry, and what is under it is counted: a few milliseconds. Any other is
 * parsed once more.
 */
function linesOf({ spec, text, file }: Part): SpecLines {
  return canonicalTextOf(spec) === text ? new CanonicalLines(text, file) : new YamlLines(text, file)
}

class CanonicalLines implements SpecLines {
  readonly #text: string
  readonly #file: string
  readonly #lines: Lines

  constructor(text: string, file: string) {
    this.#text = text
    this.#file = file
    this.#lines = new Lines(text)
  }

  node({ name }: Node): SpecLine | null {
    return this.#line('nodes', `  ${scalar(name)}: `)
  }

  service(service: Service): SpecLine | null {
    return this.#line('services', `  ${scalar(serviceKey(service))}:\n`)
  }

  /** Behind the line `ports:` of the Service, in the order of the spec. */
  port(service: Service, port: Port): SpecLine | null {
    const entry = this.#find('services', `  ${scalar(serviceKey(service))}:\n`)
    const ports = entry < 0 ? -1 : this.#text.indexOf('\n    ports:\n', entry)
    return this.#at(ports + 1, 1 + service.ports.indexOf(port))
  }

  endpoints(service: Service): SpecLine | null {
    return this.#line('endpoints', `  ${scalar(serviceKey(service))}:\n`)
  }

  /** Each group is two lines and one for each endpoint. */
  endpoint(service: Service, group: number, index: number): SpecLine | null {
    const before = service.endpoints.slice(0, group).reduce((lines, { endpoints }) => lines + 2 + endpoints.length, 0)
    return this.#at(this.#find('endpoints', `  ${scalar(serviceKey(service))}:\n`), before + 3 + index)
  }

  #line(section: string, start: string): SpecLine | null {
    return this.#at(this.#find(section, start), 0)
  }

  /** The line so many lines after the one that starts at an offset; null for none. */
  #at(offset: number, further: number): SpecLine | null {
    return offset <= 0 ? null : { file: this.#file, line: this.#lines.positionOf(offset).line + further }
  }

  /** Where a line with this start begins in a section; 0 when there is none. */
  #find(section: string, start: string): number {
    const from = this.#text.indexOf(`\n${section}:\n`)
    return from < 0 ? 0 : this.#text.indexOf(`\n${start}`, from) + 1
  }
}

class YamlLines implements SpecLines {
  readonly #text: string
  readonly #file: string

  constructor(text: string, file: string) {
    this.#text = text
    this.#file = file
  }

  node({ name }: Node): SpecLine | null {
    return this.#place(['nodes', name], true)
  }

  service(service: Service): SpecLine | null {
    return this.#place(['services', serviceKey(service)], true)
  }

  port(service: Service, { name }: Port): SpecLine | null {
    return this.#place(['services', serviceKey(service), 'ports', name], true)
  }

  endpoints(service: Service): SpecLine | null {
    return service.endpoints.length === 0 ? null : this.#place(['endpoints', serviceKey(service)], true)
  }

  /** By its address: a text in another order has other groups. */
  endpoint(service: Service, group: number, index: number): SpecLine | null {
    const endpoint = service.endpoints[group]!.endpoints[index]!
    const path = ['endpoints', serviceKey(service)]
    return this.#place(this.#sameLine(path, endpoint) ?? pathOfItem(this.#text, path, endpoint.address), false)
  }

  /** An address can be there twice. */
  #sameLine(path: Path, endpoint: Endpoint): Path | undefined {
    const wanted = printEndpointLine(endpoint)
    for (let group = 0; ; group++) {
      const list = [...path, group, 'addresses']
      const lines = listAt(this.#text, list)
      const index = lines?.indexOf(wanted) ?? -1
      if (index >= 0) return [...list, index]
      if (!lines) return undefined
    }
  }

  #place(path: Path, key: boolean): SpecLine | null {
    const { line } = locate(this.#text, this.#file, path, { key })
    return line === undefined ? null : { file: this.#file, line }
  }
}
