// SPDX-License-Identifier: Apache-2.0
import { Failure } from '../base/failure.ts'
import { PROTOCOL_NUMBERS } from '../base/protocol.ts'
import type { NodeImage } from '../compile/compile.ts'
import type { Frontend } from '../compile/frontend.ts'
import { frontendKey, UNSPECIFIED } from '../datapath/keys.ts'
import type { Names } from '../report/change/print.ts'
import type { Entry } from './history/entry.ts'
import type { History } from './history/history.ts'
import { compileAgain } from './history/saved.ts'

/** Names (`ns/name:port`) of the frontends of these images, by their keys in the maps. Computed when first asked. */
export function namesOf(...compiled: readonly NodeImage[]): Names {
  let names: Map<string, string> | undefined
  return key => {
    names ??= new Map(compiled.flatMap(({ frontends }) => frontends.map(nameOf)))
    return names.get(key)
  }
}

function nameOf({ address, family, port, protocol, service, portName }: Frontend): [string, string] {
  const key = frontendKey(address ?? UNSPECIFIED[family], port, PROTOCOL_NUMBERS[protocol])
  return [key, portName === '' ? service : `${service}:${portName}`]
}

/** `names`, and of keys without a name there those of the spec that was applied last, which is read when first needed. */
export function withNamesInHistory(names: Names, history: History): Names {
  const entry = tolerant(() => history.entries().at(-1))
  let saved: Names | undefined
  return key => {
    const name = names(key)
    if (name !== undefined || entry === undefined) return name
    saved ??= tolerant(() => namesIn(entry, history.specText(entry))) ?? (() => undefined)
    return saved(key)
  }
}

function namesIn({ node }: Entry, text: string): Names | undefined {
  const compiled = compileAgain(text, node)
  return compiled && namesOf(compiled)
}

/** Names only help a reader: a history that cannot be read gives none. */
function tolerant<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}
