// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { runs } from './runs.ts'

/** fast-check's own number of cases, for properties that name none. */
fc.configureGlobal({ numRuns: runs(100) })
