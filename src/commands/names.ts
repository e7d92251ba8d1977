import { PROTOCOL_NUMBERS } from '../base/protocol.ts'
import type { NodeImage } from '../compile/compile.ts'
import { frontendKey, UNSPECIFIED } from '../image/keys.ts'

/** `ns/name:port` of every frontend, by its key in the maps. */
export function namesOf({ frontends }: NodeImage): Map<string, string> {
  const names = new Map<string, string>()
  for (const { address, family, port, protocol, service, portName } of frontends) {
    const key = frontendKey(address ?? UNSPECIFIED[family], port, PROTOCOL_NUMBERS[protocol])
    names.set(key, portName === '' ? service : `${service}:${portName}`)
  }
  return names
}
