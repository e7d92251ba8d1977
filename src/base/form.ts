// SPDX-License-Identifier: Apache-2.0
/** The version of specs and of all printed JSON. Within a version fields are added, never renamed or removed. */
export const API_VERSION = 'balancing.elf.io/v1alpha1'

/** The first fields of every printed JSON object. */
export function headOf<Kind extends string>(kind: Kind): { apiVersion: typeof API_VERSION; kind: Kind } {
  return { apiVersion: API_VERSION, kind }
}
