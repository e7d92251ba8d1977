// SPDX-License-Identifier: Apache-2.0
import { isMap, type Raw } from '../../cluster/reader.ts'

/** An object, its key (`NAMESPACE/NAME` or `NAME`) and the version of the collection that brought it. */
export interface Item {
  key: string
  object: Raw
  version: string
}

/** One event of a watch. */
export type WatchEvent =
  | ({ type: 'put' | 'remove' } & Item)
  /** The watch has told all up to this version; `endsList`: also all objects that there were when it began. */
  | { type: 'bookmark'; version: string; endsList: boolean }
  /** The server ends the watch: an HTTP status in the stream, `retryAfter` in milliseconds. */
  | { type: 'error'; status: number; message: string; retryAfter: number }
  /** An event of no use; the next may be. */
  | { type: 'odd'; message: string }
  /** Not JSON: what follows cannot be trusted either. */
  | { type: 'garbled'; message: string }

const CHANGES = { ADDED: 'put', MODIFIED: 'put', DELETED: 'remove' } as const

/** Reads one line of a watch. */
export function readEvent(line: Uint8Array): WatchEvent {
  const event = parseJson(line)
  if (!isMap(event) || typeof event.type !== 'string') return { type: 'garbled', message: 'sends what is no event' }
  const object = isMap(event.object) ? event.object : {}
  if (event.type === 'ERROR') return errorOf(object)
  if (event.type === 'BOOKMARK') return bookmarkOf(object)
  if (!Object.hasOwn(CHANGES, event.type)) return { type: 'odd', message: `sends an event of type ${event.type}` }
  const item = itemOf(object)
  if (!item) return { type: 'odd', message: 'sends an object without a name or a resourceVersion' }
  return { type: CHANGES[event.type as keyof typeof CHANGES], ...item }
}

/** An object of a list or of an event; undefined without name or version, which no API server sends. */
export function itemOf(object: unknown): Item | undefined {
  const metadata = isMap(object) ? object.metadata : undefined
  if (!isMap(metadata)) return undefined
  const { name, namespace = '', resourceVersion: version } = metadata
  if (typeof name !== 'string' || name === '' || typeof version !== 'string' || version === '') return undefined
  return { key: namespace === '' ? name : `${namespace}/${name}`, object: object as Raw, version }
}

/** The value of JSON in UTF-8; undefined when it is none. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  } catch {
    return undefined
  }
}

function bookmarkOf({ metadata }: Raw): WatchEvent {
  if (!isMap(metadata) || typeof metadata.resourceVersion !== 'string' || metadata.resourceVersion === '') {
    return { type: 'odd', message: 'sends a bookmark without a resourceVersion' }
  }
  const annotations = isMap(metadata.annotations) ? metadata.annotations : {}
  const endsList = annotations['k8s.io/initial-events-end'] === 'true'
  return { type: 'bookmark', version: metadata.resourceVersion, endsList }
}

function errorOf({ code, message, details }: Raw): WatchEvent {
  const seconds = isMap(details) ? Number(details.retryAfterSeconds ?? 0) : 0
  return {
    type: 'error',
    status: typeof code === 'number' ? code : 0,
    message: typeof message === 'string' ? message : 'no reason was given',
    retryAfter: seconds > 0 ? seconds * 1000 : 0,
  }
}
