/** What people decide, in a canonical text: nodes and Services, without the endpoints, which change by the minute. */
export function exposureOf(canonical: string): string {
  return canonical.slice(0, canonical.indexOf('\nendpoints:'))
}
