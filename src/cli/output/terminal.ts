// SPDX-License-Identifier: Apache-2.0
import { isatty } from 'node:tty'
import { ansi, type Paint, plain } from '../../base/paint.ts'

export const STDOUT = 1
export const STDERR = 2

export type Stream = typeof STDOUT | typeof STDERR

/** Whether a stream is a terminal that can do more than print lines. */
export function isTerminal(stream: Stream): boolean {
  return isatty(stream) && process.env.TERM !== 'dumb'
}

/**
 * Whether to colour what goes to a stream: $FORCE_COLOR, set to anything but 0, means yes; $NO_COLOR, set to anything, means no
 * (no-color.org; Node.js has the same order); else a terminal gets colours.
 */
export function hasColours(stream: Stream): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env
  if (FORCE_COLOR) return FORCE_COLOR !== '0'
  return !NO_COLOR && isTerminal(stream)
}

/** Colours for a stream, or none. */
export function paintFor(stream: Stream): Paint {
  return hasColours(stream) ? ansi : plain
}
