// SPDX-License-Identifier: Apache-2.0
import { deltaBetween } from '../datapath/delta.ts'
import type { Image } from '../datapath/image.ts'
import type { Plan } from './plan.ts'
import { planOf } from './plan-of.ts'

/** The plan that turns `observed` into `desired`. */
export function diff(observed: Image, desired: Image): Plan {
  return planOf(deltaBetween(observed, desired))
}
