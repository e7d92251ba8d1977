/** The version of specs, and of every form of JSON that is printed: within one, fields are added and never renamed. */
export const API_VERSION = 'balancing.elf.io/v1alpha1'

/** What every object begins with that is printed for programs. */
export function headOf<Kind extends string>(kind: Kind): { apiVersion: typeof API_VERSION; kind: Kind } {
  return { apiVersion: API_VERSION, kind }
}
