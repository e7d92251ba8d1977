// SPDX-License-Identifier: Apache-2.0

/** What an HTTP endpoint says. */
export interface Answer {
  status: 200 | 404 | 503
  headers: Record<string, string>
  body: string
}

const NO_SNIFFING = { 'x-content-type-options': 'nosniff' }

/** JSON as kube-proxy labels it. */
export const JSON_HEADERS = { 'content-type': 'application/json', ...NO_SNIFFING }
const TEXT_HEADERS = { 'content-type': 'text/plain; charset=utf-8', ...NO_SNIFFING }

export function text(body: string): Answer {
  return { status: 200, headers: TEXT_HEADERS, body }
}

/** The answer of Go's net/http, and so of kube-proxy, at a path that is none. */
export const NOT_FOUND: Answer = { status: 404, headers: TEXT_HEADERS, body: '404 page not found\n' }
