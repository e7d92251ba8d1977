// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { parseAddress } from '../../src/base/address.ts'
import { nameOfAddress } from '../outcomes.ts'

/** How a socket is made and addressed: see talk.c. */
export type SocketFamily = '4' | '6' | '46' | '64'

/** One case of calls.txt. */
export interface Case {
  name: string
  families: SocketFamily[]
  calls: { call: string; reply: string }[]
}

export function readCases(path: string): Case[] {
  const [, ...parts] = readFileSync(path, 'utf8').split(/^-- (.+) --\n/m)
  const cases: Case[] = []
  for (let i = 0; i < parts.length; i += 2) {
    const [, name, families = '4 6 46'] = /^(.+?)(?: \[(.+)\])?$/.exec(parts[i]!)!
    const lines = parts[i + 1]!.split('\n').filter(line => line !== '')
    const calls = lines.map(line => line.split(' -> ')).map(([call, reply = 'ok']) => ({ call: call!, reply }))
    cases.push({ name: name!, families: families.split(' ') as SocketFamily[], calls })
  }
  return cases
}

/** The words of scripts for addresses of one family, and back. */
export class Words {
  readonly #v6: boolean
  readonly #vip: string
  readonly #ports: Record<string, number>

  constructor(family: SocketFamily, vip: Record<4 | 6, string>, ports: Record<string, number>) {
    this.#v6 = family === '6'
    this.#vip = vip[this.#v6 ? 6 : 4]
    this.#ports = ports
  }

  /** `A` is "10.96.0.10 1", `p21:8080` "10.244.2.11 8080", `p10` "10.244.1.10". */
  toCall(word: string): string {
    if (word in this.#ports) return `${this.#vip} ${this.#ports[word]}`
    if (word === '-') return this.#v6 ? '::' : '0.0.0.0'
    const [, kind, numbers, port] = /^([pn])(\d+)(?::(\d+))?$/.exec(word) ?? []
    if (!kind) return word
    const [node, pod] = numbers!
    const address = this.#v6
      ? `fd00:${kind === 'p' ? `244:${node}::1${pod}` : `50::${node}`}`
      : kind === 'p'
        ? `10.244.${node}.1${pod}`
        : `192.168.50.${node}`
    return port ? `${address} ${port}` : address
  }

  /** Names the endpoints in a reply. */
  fromReply(reply: string): string {
    return reply.replace(/(?:\[([^\]]+)\]|(\d+(?:\.\d+){3})):(\d+)/g, (_, v6, v4, port) => {
      const address = parseAddress(v6 ?? v4)!
      if (address !== this.#vip) return `${nameOfAddress(address)}:${port}`
      return Object.keys(this.#ports).find(name => this.#ports[name] === Number(port)) ?? `VIP:${port}`
    })
  }
}
