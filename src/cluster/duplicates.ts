// SPDX-License-Identifier: Apache-2.0
import type { EndpointSlice } from './endpoint-slice.ts'
import type { Finding } from './finding.ts'
import type { Node } from './node.ts'
import type { Service } from './service.ts'

type Named = Node | Service | EndpointSlice

/**
 * Finds repeated objects. Exports that overlap may both hold an object, which is harmless while the copies are equal; when
 * they differ, neither is known to be the right one.
 */
export class Duplicates {
  #first = new Map<string, Named>()
  #added: string[] = []

  /** What is wrong with taking this object; undefined for the first of its name. */
  check(kind: string, object: Named): Finding | undefined {
    const name = 'namespace' in object ? `${object.namespace}/${object.name}` : object.name
    const key = `${kind} ${name}`
    const first = this.#first.get(key)
    if (!first) {
      this.#first.set(key, object)
      this.#added.push(key)
      return undefined
    }
    const about = { origin: object.origin, path: ['metadata', 'name'], other: first.origin }
    if (contentOf(first) === contentOf(object)) {
      return {
        severity: 'warning',
        code: 'repeated-object',
        message: `${key} is there twice, with equal content`,
        ...about,
      }
    }
    const hint = 'export everything in one go: kubectl get nodes,services,endpointslices -A -o yaml'
    return { severity: 'error', code: 'duplicate-object', message: `${key} is there twice and differs`, hint, ...about }
  }

  /** Returns what forgets the objects seen after this call. */
  mark(): () => void {
    const length = this.#added.length
    return () => {
      for (const key of this.#added.splice(length)) this.#first.delete(key)
    }
  }
}

function contentOf(object: Named): string {
  return JSON.stringify({ ...object, origin: undefined })
}
