// SPDX-License-Identifier: Apache-2.0
/** `make soak` runs the same tests for longer. */
export const SOAK = process.env.SOAK !== undefined

/** For what is random: another one each run, or the one that $SEED names. */
export const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
