// SPDX-License-Identifier: Apache-2.0
/** Prints the Debian releases whose kernels are wanted, for test/kernels/fetch.sh. */
import { KERNELS } from './kernels.ts'

console.log(KERNELS.map(kernel => kernel.release).join(' '))
