import { API_VERSION, KIND, MODELINE } from './print.ts'
import { isPlain } from './quote.ts'

type Mapping = Record<string, unknown>

/**
 * Reads the text that printYaml writes, and no other: the same value that a YAML library reads, ten times as fast.
 * undefined at the first line that is not as printYaml would write it; then a library has to read the text.
 */
export function readCanonical(text: string): Mapping | undefined {
  const lines = new Lines(text)
  if (!lines.skip(MODELINE) || !lines.skip(`apiVersion: ${API_VERSION}`) || !lines.skip(`kind: ${KIND}`))
    return undefined
  const nodes = readSection(lines, 'nodes', readNode)
  const services = nodes && readSection(lines, 'services', readService)
  const endpoints = services && readSection(lines, 'endpoints', readGroups)
  if (!endpoints || !lines.isAtEnd()) return undefined
  return { apiVersion: API_VERSION, kind: KIND, nodes, services, endpoints }
}

const LINE_BREAK = 10

/** The lines of a text one after the other. Cuts out only what is asked for: a copy of every line costs more than reading it. */
class Lines {
  readonly #text: string
  /** Where the next line starts. */
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Passes over the next line when it is this one. */
  skip(line: string): boolean {
    const end = this.#at + line.length
    if (this.#text.charCodeAt(end) !== LINE_BREAK || !this.#text.startsWith(line, this.#at)) return false
    this.#at = end + 1
    return true
  }

  /** What follows `prefix` on the next line, which is passed over; undefined when it starts in another way. */
  take(prefix: string): string | undefined {
    if (!this.#text.startsWith(prefix, this.#at)) return undefined
    const start = this.#at + prefix.length
    const end = this.#text.indexOf('\n', start)
    if (end <= start) return undefined
    this.#at = end + 1
    return this.#text.slice(start, end)
  }

  /** Whether the next line is an entry of a mapping with this indent. */
  hasEntry(indent: string): boolean {
    const first = this.#text[this.#at + indent.length]
    return first !== ' ' && first !== '-' && this.#text.startsWith(indent, this.#at)
  }

  isAtEnd(): boolean {
    return this.#at === this.#text.length
  }
}

/** Reads what `KEY:` has after it on its line ('' when nothing) and the lines below it that belong to it. */
type ReadValue = (lines: Lines, rest: string, key: string) => unknown

function readSection(lines: Lines, name: string, readValue: ReadValue): Mapping | undefined {
  if (lines.skip(`${name}: {}`)) return {}
  return lines.skip(`${name}:`) ? readMapping(lines, '  ', readValue) : undefined
}

const ENTRY = /^("(?:[^"\\]|\\.)*"|[^":]+):(?: (.+))?$/

/** Lines `KEY:` or `KEY: REST` at an indent, one at least. */
function readMapping(lines: Lines, indent: string, readValue: ReadValue): Mapping | undefined {
  const mapping: Mapping = {}
  let isEmpty = true
  while (lines.hasEntry(indent)) {
    const [, keyText, rest = ''] = ENTRY.exec(lines.take(indent) ?? '') ?? []
    const key = keyText === undefined ? undefined : readScalar(keyText)
    if (key === undefined || key === '__proto__' || Object.hasOwn(mapping, key)) return undefined
    const value = readValue(lines, rest, key)
    if (value === undefined) return undefined
    mapping[key] = value
    isEmpty = false
  }
  return isEmpty ? undefined : mapping
}

const NODE = /^\{(?:zone: ([^,{}[\]]+))?(, )?(?:addresses: (\[[^\]]+\]))?\}$/

function readNode(_lines: Lines, rest: string): Mapping | undefined {
  const match = NODE.exec(rest)
  if (!match) return undefined
  const [, zoneText, comma, listText] = match
  if ((comma !== undefined) !== (zoneText !== undefined && listText !== undefined)) return undefined
  const node: Mapping = {}
  if (zoneText !== undefined) node.zone = readScalar(zoneText, true)
  if (listText !== undefined) node.addresses = readList(listText)
  return Object.values(node).includes(undefined) ? undefined : node
}

function readService(lines: Lines, rest: string): Mapping | undefined {
  return rest === '' ? readMapping(lines, '    ', readField) : undefined
}

function readField(lines: Lines, rest: string, name: string): unknown {
  switch (name) {
    case 'clusterIPs':
    case 'externalIPs':
    case 'loadBalancerIPs':
    case 'sourceRanges':
      return readList(rest)
    case 'internalTrafficPolicy':
    case 'externalTrafficPolicy':
      return readScalar(rest)
    case 'healthCheckNodePort':
    case 'affinitySeconds':
      return readNumber(rest)
    case 'ports':
      if (rest === '{}') return {}
      return rest === '' ? readMapping(lines, '      ', (_lines, line) => readScalar(line)) : undefined
    default:
      return undefined
  }
}

function readGroups(lines: Lines, rest: string): unknown[] | undefined {
  const groups: unknown[] = []
  for (let ports = lines.take(PORTS); ports !== undefined; ports = lines.take(PORTS)) {
    const group = { ports: readNumbers(ports), addresses: readLines(lines) }
    if (!group.ports || !group.addresses) return undefined
    groups.push(group)
  }
  return rest === '' && groups.length > 0 ? groups : undefined
}

const PORTS = '  - ports: '

/** `{NAME: NUMBER, NAME: NUMBER}` */
function readNumbers(text: string): Mapping | undefined {
  if (text === '{}') return {}
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined
  const numbers: Mapping = {}
  for (const part of text.slice(1, -1).split(', ')) {
    const colon = part.lastIndexOf(': ')
    const name = colon < 0 ? undefined : readScalar(part.slice(0, colon), true)
    const number = readNumber(part.slice(colon + 2))
    if (name === undefined || name === '__proto__' || Object.hasOwn(numbers, name) || number === undefined) {
      return undefined
    }
    numbers[name] = number
  }
  return numbers
}

function readLines(lines: Lines): string[] | undefined {
  if (!lines.skip('    addresses:')) return undefined
  const items: string[] = []
  for (let text = lines.take(ITEM); text !== undefined; text = lines.take(ITEM)) {
    const item = readScalar(text)
    if (item === undefined) return undefined
    items.push(item)
  }
  return items.length > 0 ? items : undefined
}

const ITEM = '    - '

function readList(text: string): string[] | undefined {
  if (!text.startsWith('[') || !text.endsWith(']')) return undefined
  const items = text
    .slice(1, -1)
    .split(', ')
    .map(item => readScalar(item, true))
  return items.every(item => item !== undefined) ? items : undefined
}

/** A string as `scalar` prints it. */
function readScalar(text: string, inFlow = false): string | undefined {
  if (!text.startsWith('"')) return isPlain(text, inFlow) ? text : undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

function readNumber(text: string): number | undefined {
  return /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : undefined
}
