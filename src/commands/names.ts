import { PROTOCOL_NUMBERS } from '../base/protocol.ts'
import type { NodeImage } from '../compile/compile.ts'
import type { Frontend } from '../compile/frontend.ts'
import type { Names } from '../diff/print.ts'
import { frontendKey, UNSPECIFIED } from '../image/keys.ts'

/** Knows `ns/name:port` of every frontend of these images by its key in the maps; works them out when first asked. */
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
