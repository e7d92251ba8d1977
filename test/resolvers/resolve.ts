// SPDX-License-Identifier: Apache-2.0
import { resolve4, resolve6 } from 'node:dns/promises'
import { createInterface } from 'node:readline'

/** c-ares, which is in Node.js: for each name on stdin, a line with its addresses, or why there are none. */
for await (const name of createInterface({ input: process.stdin })) {
  try {
    const found = await Promise.all([resolve4(name), resolve6(name)])
    console.log(found.flat().join(' '))
  } catch (e) {
    console.log((e as NodeJS.ErrnoException).code === 'ENOTFOUND' ? 'no such name' : 'no answer')
  }
}
