// SPDX-License-Identifier: Apache-2.0
/** What the rest of the program needs of this folder; a chunk of its own in the build. */
export { findAccess } from './find-access.ts'
export { sender } from './send.ts'
export { takeSnapshot } from './snapshot.ts'
export { nodeNamed, SERVICES, SLICES } from './watch/kinds.ts'
export { reflect } from './watch/reflect.ts'
export { serversOf } from './watch/servers.ts'
