// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import { edgeObject, FLOW_LIST, LISTS, listObject } from '../bpf/generation/programs.ts'
import { destroyerObject } from '../bpf/sockets/socket-destroyer.ts'

/** SHA-256 of the objects that a build ships, in hex: a revision names its programs by it. Exit 4 when one is missing. */
export function hashOfPrograms(object: string): string {
  const lists = ([...LISTS, FLOW_LIST] as const).map(name => listObject(object, name))
  const objects = [object, edgeObject(object), ...lists, destroyerObject(object)]
  return hash('sha256', Buffer.concat(objects.map(readObject)))
}

function readObject(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw failure(EXIT.nodeNotReady, 'no-object', `the compiled programs are missing: ${path}`, 'run make build')
  }
}
