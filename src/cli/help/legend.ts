// SPDX-License-Identifier: Apache-2.0
import { SIGNS } from '../../report/review/print/format.ts'
import { RISKS, type Risk } from '../../report/review/review.ts'

const MEANINGS: Readonly<Record<Risk, string>> = {
  emptied: 'loses its last backend',
  removed: 'is removed',
  policy: 'gets another exposure (addresses, ports, policies), or a node changes',
  changed: 'gets other endpoints',
  added: 'is added',
}

/** The sign before each Service of a difference, and what it means. */
export const LEGEND = RISKS.map(risk => [SIGNS[risk].sign, MEANINGS[risk]] as const)
