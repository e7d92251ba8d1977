// SPDX-License-Identifier: Apache-2.0
/** Pods' devices, and whose sockets are translated, stay as the latest apply has left them. */
export const KEPT = { pods: 'present', sockets: 'present' } as const
