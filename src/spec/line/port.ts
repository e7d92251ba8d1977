// SPDX-License-Identifier: Apache-2.0
import { type Address, parseAddress } from '../../base/address.ts'
import { nearest } from '../../base/diagnostic.ts'
import { isPort, PROTOCOLS, type Protocol } from '../../base/protocol.ts'
import type { Mistake } from '../problem.ts'
import type { Port } from '../spec.ts'

const FORM = 'PORT[:NODEPORT]/PROTOCOL[ except=ADDRESS,ADDRESS]'
const EXCEPT = 'except='
const DIGITS = /^[0-9]{1,5}$/

/** `80:30080/TCP except=203.0.113.9`: kubectl's notation, and the VIPs on which another Service owns the port. */
export function printPortLine(port: Port): string {
  const numbers = port.nodePort === undefined ? `${port.port}` : `${port.port}:${port.nodePort}`
  const except = port.except.length > 0 ? ` ${EXCEPT}${port.except.join(',')}` : ''
  return `${numbers}/${port.protocol}${except}`
}

/** The inverse of printPortLine, or all mistakes of the line. */
export function parsePortLine(name: string, line: string): Port | Mistake[] {
  return parseUsual(name, line) ?? parseAny(name, line)
}

/** Most lines: one good number and a protocol. */
function parseUsual(name: string, line: string): Port | undefined {
  const slash = line.indexOf('/')
  const protocol = PROTOCOLS.find(p => line.length === slash + 1 + p.length && line.endsWith(p))
  const port = DIGITS.test(line.slice(0, slash)) ? Number(line.slice(0, slash)) : 0
  return protocol && isPort(port) ? { name, port, protocol, except: [] } : undefined
}

function parseAny(name: string, line: string): Port | Mistake[] {
  const words = line.split(' ')
  const first = words[0]!
  const slash = first.indexOf('/')
  if (slash < 0 || words.length > 2 || words.includes('')) {
    const message = `"${line}" is not a port line`
    return [{ code: 'bad-port-line', message, hint: `write ${FORM}`, offset: 0, length: line.length }]
  }
  const mistakes: Mistake[] = []
  const [portText, nodePortText, ...more] = first.slice(0, slash).split(':') as [string, ...string[]]
  const port = parsePort(portText, 0, mistakes)
  const nodePort = nodePortText === undefined ? undefined : parsePort(nodePortText, portText.length + 1, mistakes)
  if (more.length > 0) {
    const message = `"${first.slice(0, slash)}" has more than two numbers`
    mistakes.push({ code: 'bad-port-line', message, hint: `write ${FORM}`, offset: 0, length: slash })
  }
  const protocol = parseProtocol(first.slice(slash + 1), slash + 1, mistakes)
  const except = words[1] === undefined ? [] : parseExcept(words[1], first.length + 1, mistakes)
  if (mistakes.length > 0) return mistakes
  const base = { name, port: port!, protocol: protocol! }
  return nodePort === undefined ? { ...base, except } : { ...base, nodePort, except }
}

function parsePort(text: string, offset: number, mistakes: Mistake[]): number | undefined {
  const port = DIGITS.test(text) ? Number(text) : undefined
  if (isPort(port)) return port
  mistakes.push({ code: 'bad-port', message: `"${text}" is not a port: 1 to 65535`, offset, length: text.length })
  return undefined
}

function parseProtocol(text: string, offset: number, mistakes: Mistake[]): Protocol | undefined {
  const protocol = PROTOCOLS.find(p => p === text)
  if (protocol) return protocol
  const meant = nearest(text.toUpperCase(), PROTOCOLS)
  const hint = meant ? `did you mean "${meant}"?` : `the protocols are ${PROTOCOLS.join(', ')}`
  mistakes.push({ code: 'unknown-protocol', message: `"${text}" is not a protocol`, hint, offset, length: text.length })
  return undefined
}

function parseExcept(word: string, offset: number, mistakes: Mistake[]): Address[] {
  if (!word.startsWith(EXCEPT)) {
    const hint = nearest(word.split('=', 1)[0]!, ['except']) ? `did you mean "${EXCEPT}"?` : `write ${FORM}`
    mistakes.push({ code: 'unknown-word', message: `"${word}" is not known here`, hint, offset, length: word.length })
    return []
  }
  let at = offset + EXCEPT.length
  return word
    .slice(EXCEPT.length)
    .split(',')
    .flatMap(text => {
      const address = parseAddress(text)
      if (address === undefined) {
        const message = `"${text}" is not an IP address`
        mistakes.push({ code: 'bad-address', message, offset: at, length: text.length })
      }
      at += text.length + 1
      return address ?? []
    })
}
