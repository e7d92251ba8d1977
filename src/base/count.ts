// SPDX-License-Identifier: Apache-2.0
/** `1 map write`, `21,125 map writes` */
export function count(n: number, noun: string): string {
  return `${thousands(n)} ${nounFor(n, noun)}`
}

/** The same without groups of digits: `21125 endpoints`. */
export function plainCount(n: number, noun: string): string {
  return `${n} ${nounFor(n, noun)}`
}

function nounFor(n: number, noun: string): string {
  return n === 1 ? noun : `${noun}s`
}

/** `21,125`. (No locale: loading one takes 20 ms.) */
export function thousands(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',')
}
