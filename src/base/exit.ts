// SPDX-License-Identifier: Apache-2.0
/** The exit codes of the command contract (docs/commands.md). */
export const EXIT = {
  ok: 0,
  differs: 1,
  usage: 2,
  invalidInput: 3,
  nodeNotReady: 4,
  applyFailedIntact: 5,
  applyFailedMixed: 6,
  stalePlan: 7,
  answerNotWritten: 8,
  internal: 70,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
