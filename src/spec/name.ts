// SPDX-License-Identifier: Apache-2.0
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/
const LONGEST = 253

export const NAME_HINT = 'names are letters, digits, dots, dashes and underscores'

/** Whether a word can name a node, namespace, Service or port: it needs no escape in a line of the spec. */
export function isName(word: string): boolean {
  return word.length <= LONGEST && NAME.test(word)
}

/** `ns/name` */
export function serviceKey({ namespace, name }: { namespace: string; name: string }): string {
  return `${namespace}/${name}`
}

/** `ns/name:port`, `ns/name` for the port without a name. */
export function portKey(service: { namespace: string; name: string }, port: { name: string }): string {
  return port.name === '' ? serviceKey(service) : `${serviceKey(service)}:${port.name}`
}

/** The two halves of `NAMESPACE/NAME`, or undefined. */
export function parseServiceName(text: string): { namespace: string; name: string } | undefined {
  const slash = text.indexOf('/')
  const namespace = text.slice(0, slash)
  const name = text.slice(slash + 1)
  return slash > 0 && isName(namespace) && isName(name) ? { namespace, name } : undefined
}
