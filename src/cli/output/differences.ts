// SPDX-License-Identifier: Apache-2.0
import { count } from '../../base/count.ts'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { printReviewJson, type Sides } from '../../report/review/print/json.ts'
import { printReviewMarkdown } from '../../report/review/print/markdown.ts'
import { printReviewText } from '../../report/review/print/text.ts'
import { isEqual, type Review } from '../../report/review/review.ts'
import { saySigns } from './signs.ts'
import { answer, answerDone } from './streams.ts'
import { paintFor, STDOUT } from './terminal.ts'

/** The output forms of diff. */
export const FORMS = ['text', 'unified', 'json', 'markdown'] as const
export type Form = (typeof FORMS)[number]

/** The result of a comparison. */
export interface Compared {
  review: Review
  /** The full text as a unified diff, where there is one. */
  unified?: () => string
  /** On one node. */
  mapWrites?: number
  /** The text form, when it has more than the review. */
  text?: string
  /** Whether the sides differ, when it does not follow from the review. */
  differs?: boolean
}

/** Prints the result; exit 1 when there is a difference. `out`: the plan that was written by now. */
export function differ(compared: Compared, sides: Sides, { output, out }: { output: Form; out?: string }): void {
  const isDifferent = compared.differs ?? !isEqual(compared.review)
  const text = print(compared, sides, output, isDifferent)
  if (out === undefined) answer(text)
  else answerDone(text)
  if (output === 'text') saySigns(compared.review)
  if (isDifferent) process.exitCode = EXIT.differs
}

function print({ review, unified, mapWrites, text }: Compared, sides: Sides, form: Form, isDifferent: boolean): string {
  if (form === 'json') return printReviewJson(review, sides, !isDifferent, mapWrites)
  if (form === 'markdown') return printReviewMarkdown(review, sides, unified?.())
  if (form === 'unified') {
    if (!unified)
      throw failure(EXIT.usage, 'no-full-text', '-o unified needs two specs', 'a node has no text of its own')
    return unified()
  }
  if (!isDifferent) return 'no changes\n'
  const remarks = mapWrites === undefined ? [] : [count(mapWrites, 'map write')]
  return text ?? printReviewText(review, { paint: paintFor(STDOUT), remarks })
}
